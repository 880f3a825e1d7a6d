#pragma once
#include <microhttpd.h>

// MHD_start_daemon is variadic: a daemon without threads of its own on a socket that listens already. It uses select:
// MHD_USE_POLL needs a thread, and with MHD_USE_EPOLL 0.9.75 misses the end of a half request (seen), which then stays
// until it idles out. Clients whose descriptor is FD_SETSIZE (1024) or more are turned away.
static inline struct MHD_Daemon *mhd_start_on_socket(
    MHD_socket listening, MHD_AccessHandlerCallback handle, MHD_RequestCompletedCallback completed, void *context,
    unsigned int connection_limit, unsigned int idle_seconds) {
  return MHD_start_daemon(
      MHD_NO_FLAG, 0, NULL, NULL, handle, context,
      MHD_OPTION_LISTEN_SOCKET, listening,
      MHD_OPTION_NOTIFY_COMPLETED, completed, context,
      MHD_OPTION_CONNECTION_LIMIT, connection_limit,
      MHD_OPTION_CONNECTION_TIMEOUT, idle_seconds,
      MHD_OPTION_END);
}

// MHD_get_daemon_info is variadic: how many connections are open.
static inline unsigned int mhd_connection_count(struct MHD_Daemon *daemon) {
  const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);
  return info ? info->num_connections : 0;
}
