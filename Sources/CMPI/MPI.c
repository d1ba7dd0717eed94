#include "CMPI.h"

#ifdef LIFTED_MPI

#include <mpi.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

struct cmpi_comm {
  MPI_Comm handle;
};

struct cmpi_request {
  MPI_Request handle;
};

static MPI_Datatype type_of(cmpi_type type) {
  switch (type) {
  case cmpi_float: return MPI_FLOAT;
  case cmpi_double: return MPI_DOUBLE;
  case cmpi_int64: return MPI_INT64_T;
  default: return MPI_BYTE;
  }
}

static MPI_Op op_of(cmpi_op op) {
  return op == cmpi_sum ? MPI_SUM : op == cmpi_max ? MPI_MAX : MPI_MIN;
}

/* Keeps the handle of a call that was started in `*request`; NULL if it failed. */
#define START(call)                                                                                \
  cmpi_request *r = malloc(sizeof *r);                                                             \
  int code = r == NULL ? MPI_ERR_NO_MEM : (call);                                                  \
  if (code != MPI_SUCCESS) {                                                                       \
    free(r);                                                                                       \
    r = NULL;                                                                                      \
  }                                                                                                \
  *request = r;                                                                                    \
  return code

static int keep(MPI_Comm handle, cmpi_comm **kept) {
  MPI_Comm_set_errhandler(handle, MPI_ERRORS_RETURN);
  *kept = malloc(sizeof **kept);
  if (*kept == NULL) return MPI_ERR_NO_MEM;
  (*kept)->handle = handle;
  return MPI_SUCCESS;
}

int cmpi_start(void) {
  int provided = 0;
  int code = MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &provided);
  if (code != MPI_SUCCESS) return code;
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  return provided < MPI_THREAD_SERIALIZED ? -1 : MPI_SUCCESS;
}

int cmpi_finish(void) { return MPI_Finalize(); }

void cmpi_abort(int status) { MPI_Abort(MPI_COMM_WORLD, status); }

static void copy_line(const char *line, char *text, int capacity) {
  size_t length = strcspn(line, "\n\r,");
  if (length >= (size_t)capacity) length = (size_t)capacity - 1;
  memcpy(text, line, length);
  text[length] = 0;
}

void cmpi_library(char *text, int capacity) {
  char name[MPI_MAX_LIBRARY_VERSION_STRING] = "";
  int length;
  MPI_Get_library_version(name, &length);
  copy_line(name, text, capacity);
}

void cmpi_message(int code, char *text, int capacity) {
  char message[MPI_MAX_ERROR_STRING] = "";
  int length;
  MPI_Error_string(code, message, &length);
  copy_line(message, text, capacity);
}

int cmpi_world(cmpi_comm **copy) {
  MPI_Comm handle;
  int code = MPI_Comm_dup(MPI_COMM_WORLD, &handle);
  return code == MPI_SUCCESS ? keep(handle, copy) : code;
}

int cmpi_rank(const cmpi_comm *comm) {
  int rank = 0;
  MPI_Comm_rank(comm->handle, &rank);
  return rank;
}

int cmpi_size(const cmpi_comm *comm) {
  int size = 0;
  MPI_Comm_size(comm->handle, &size);
  return size;
}

int cmpi_split(const cmpi_comm *comm, int colour, int key, cmpi_comm **part) {
  MPI_Comm handle;
  int code = MPI_Comm_split(comm->handle, colour, key, &handle);
  return code == MPI_SUCCESS ? keep(handle, part) : code;
}

#ifdef __linux__
int cmpi_processors_per_rank(const cmpi_comm *comm) {
  MPI_Comm node;
  if (MPI_Comm_split_type(comm->handle, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node)) return 1;
  cpu_set_t set;
  CPU_ZERO(&set);
  sched_getaffinity(0, sizeof set, &set);
  int ranks = 1;
  MPI_Comm_size(node, &ranks);
  MPI_Allreduce(MPI_IN_PLACE, &set, sizeof set, MPI_BYTE, MPI_BOR, node);
  MPI_Comm_free(&node);
  int share = CPU_COUNT(&set) / ranks;
  return share < 1 ? 1 : share;
}
#else
int cmpi_processors_per_rank(const cmpi_comm *comm) { return 1; }
#endif

int cmpi_all_reduce(const cmpi_comm *comm, void *x, int count, cmpi_type type, cmpi_op op,
                    cmpi_request **request) {
  START(MPI_Iallreduce(MPI_IN_PLACE, x, count, type_of(type), op_of(op), comm->handle, &r->handle));
}

int cmpi_reduce_scatter(const cmpi_comm *comm, const void *x, void *block, int count,
                        cmpi_type type, cmpi_op op, cmpi_request **request) {
  START(MPI_Ireduce_scatter_block(x, block, count, type_of(type), op_of(op), comm->handle,
                                  &r->handle));
}

int cmpi_all_gather(const cmpi_comm *comm, const void *x, void *all, const int *counts,
                    const int *starts, cmpi_type type, cmpi_request **request) {
  MPI_Datatype t = type_of(type);
  START(MPI_Iallgatherv(x, counts[cmpi_rank(comm)], t, all, counts, starts, t, comm->handle,
                        &r->handle));
}

int cmpi_broadcast(const cmpi_comm *comm, void *x, int count, cmpi_type type, int root,
                   cmpi_request **request) {
  START(MPI_Ibcast(x, count, type_of(type), root, comm->handle, &r->handle));
}

int cmpi_send(const cmpi_comm *comm, const void *x, int count, cmpi_type type, int to, int tag,
              cmpi_request **request) {
  START(MPI_Isend(x, count, type_of(type), to, tag, comm->handle, &r->handle));
}

int cmpi_receive(const cmpi_comm *comm, void *x, int count, cmpi_type type, int from, int tag,
                 cmpi_request **request) {
  START(MPI_Irecv(x, count, type_of(type), from, tag, comm->handle, &r->handle));
}

int cmpi_barrier(const cmpi_comm *comm, cmpi_request **request) {
  START(MPI_Ibarrier(comm->handle, &r->handle));
}

int cmpi_test(cmpi_request *request, int *done) {
  int code = MPI_Test(&request->handle, done, MPI_STATUS_IGNORE);
  if (code != MPI_SUCCESS) *done = 1;
  if (*done) free(request);
  return code;
}

#endif
