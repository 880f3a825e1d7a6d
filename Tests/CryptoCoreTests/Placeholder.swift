// The tests of CryptoCore.
