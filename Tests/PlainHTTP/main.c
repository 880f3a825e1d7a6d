// libmicrohttpd as its manual says, without anything of ours: what `bench http` is measured against.
//
// `plain-http` prints its port, then answers POSTs with how many bytes they had, in one thread, until it is killed.
#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct request {
  size_t bytes;
  char body[1024];
};

static enum MHD_Result answer(struct MHD_Connection *connection, const struct request *request) {
  char text[64];
  int length = snprintf(text, sizeof text, "{\"probability\":0.5,\"bytes\":%zu}", request->bytes);
  struct MHD_Response *response = MHD_create_response_from_buffer((size_t)length, text, MHD_RESPMEM_MUST_COPY);
  if (!response) return MHD_NO;
  MHD_add_response_header(response, "Content-Type", "application/json");
  enum MHD_Result result = MHD_queue_response(connection, MHD_HTTP_OK, response);
  MHD_destroy_response(response);
  return result;
}

static enum MHD_Result handle(
    void *context, struct MHD_Connection *connection, const char *path, const char *method, const char *version,
    const char *upload, size_t *upload_size, void **state) {
  (void)context, (void)path, (void)method, (void)version;
  struct request *request = *state;
  if (!request) {
    *state = calloc(1, sizeof *request);
    return *state ? MHD_YES : MHD_NO;
  }
  if (!*upload_size) return answer(connection, request);
  if (request->bytes + *upload_size > sizeof request->body) return MHD_NO;
  memcpy(request->body + request->bytes, upload, *upload_size);
  request->bytes += *upload_size;
  *upload_size = 0;
  return MHD_YES;
}

static void completed(
    void *context, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode reason) {
  (void)context, (void)connection, (void)reason;
  free(*state);
  *state = NULL;
}

int main(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  struct MHD_Daemon *daemon = MHD_start_daemon(
      MHD_USE_EPOLL, 0, NULL, NULL, handle, NULL,
      MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address,
      MHD_OPTION_NOTIFY_COMPLETED, completed, NULL,
      MHD_OPTION_CONNECTION_LIMIT, 1000u,
      MHD_OPTION_CONNECTION_TIMEOUT, 30u,
      MHD_OPTION_END);
  if (!daemon) return 1;
  const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);
  if (!info) return 1;
  printf("%d\n", info->port);
  fflush(stdout);
  while (MHD_run_wait(daemon, 100) == MHD_YES) {
  }
  return 1;
}
