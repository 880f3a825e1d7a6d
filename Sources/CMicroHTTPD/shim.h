#pragma once
#include <microhttpd.h>

// MHD_start_daemon is variadic: a daemon without threads of its own on a socket that listens already. It uses epoll: select
// ends at descriptor FD_SETSIZE (1024), and MHD_USE_POLL needs a thread. `OpenConnections` adds what 0.9.75 misses then.
static inline struct MHD_Daemon *mhd_start_on_socket(
    MHD_socket listening, MHD_AccessHandlerCallback handle, MHD_RequestCompletedCallback completed,
    MHD_NotifyConnectionCallback connected, void *context, unsigned int connection_limit, unsigned int idle_seconds) {
  return MHD_start_daemon(
      MHD_USE_EPOLL, 0, NULL, NULL, handle, context,
      MHD_OPTION_LISTEN_SOCKET, listening,
      MHD_OPTION_NOTIFY_COMPLETED, completed, context,
      MHD_OPTION_NOTIFY_CONNECTION, connected, context,
      MHD_OPTION_CONNECTION_LIMIT, connection_limit,
      MHD_OPTION_CONNECTION_TIMEOUT, idle_seconds,
      MHD_OPTION_END);
}

// MHD_get_daemon_info is variadic: how many connections are open.
static inline unsigned int mhd_connection_count(struct MHD_Daemon *daemon) {
  const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);
  return info ? info->num_connections : 0;
}

// MHD_get_connection_info is variadic: the connection's socket, or -1.
static inline MHD_socket mhd_connection_socket(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  return info ? info->connect_fd : -1;
}
