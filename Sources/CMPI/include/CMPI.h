#pragma once

/* The few calls of MPI 3 that Lifted makes, behind types that Swift can import: MPI's own constants and
   handles are macros over casts. Empty unless LIFTED_MPI is defined, so that it builds without MPI.
   Calls that return `int` return MPI's error code, 0 for success. One thread at a time. */

typedef struct cmpi_comm cmpi_comm;
typedef struct cmpi_request cmpi_request;

typedef enum { cmpi_float, cmpi_double, cmpi_int64, cmpi_byte } cmpi_type;
typedef enum { cmpi_sum, cmpi_max, cmpi_min } cmpi_op;

/* Starts MPI for calls from several threads, one at a time; -1 if it cannot do that. */
int cmpi_start(void);
int cmpi_finish(void);
/* Ends every rank with this exit status. */
void cmpi_abort(int status);
/* The library's name and version, one line. */
void cmpi_library(char *text, int capacity);
/* What an error code means. */
void cmpi_message(int code, char *text, int capacity);

/* A copy of the communicator of all ranks, with messages of its own; communicators live until the end. */
int cmpi_world(cmpi_comm **copy);
int cmpi_rank(const cmpi_comm *comm);
int cmpi_size(const cmpi_comm *comm);
int cmpi_split(const cmpi_comm *comm, int colour, int key, cmpi_comm **part);
/* Processors that the ranks on this machine may use together, shared out equally, at least 1. */
int cmpi_processors_per_rank(const cmpi_comm *comm);

/* Started, not finished: buffers are to be left alone until cmpi_test says so. */
int cmpi_all_reduce(const cmpi_comm *comm, void *x, int count, cmpi_type, cmpi_op,
                    cmpi_request **request);
int cmpi_reduce_scatter(const cmpi_comm *comm, const void *x, void *block, int count, cmpi_type,
                        cmpi_op, cmpi_request **request);
/* `counts` and `starts` are to be left alone, too. */
int cmpi_all_gather(const cmpi_comm *comm, const void *x, void *all, const int *counts,
                    const int *starts, cmpi_type, cmpi_request **request);
int cmpi_broadcast(const cmpi_comm *comm, void *x, int count, cmpi_type, int root,
                   cmpi_request **request);
int cmpi_send(const cmpi_comm *comm, const void *x, int count, cmpi_type, int to, int tag,
              cmpi_request **request);
int cmpi_receive(const cmpi_comm *comm, void *x, int count, cmpi_type, int from, int tag,
                 cmpi_request **request);
int cmpi_barrier(const cmpi_comm *comm, cmpi_request **request);
/* Whether it is finished; it is then released and must not be asked again. */
int cmpi_test(cmpi_request *request, int *done);
