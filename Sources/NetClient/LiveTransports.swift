package import System

/// The clients with C handles that are alive.
package let liveTransports = LiveCounter()
