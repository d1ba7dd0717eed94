#include "CVectorMath.h"

static _Thread_local const void *team;

const void *vm_working_for(void) { return team; }

void vm_work_for(const void *other) { team = other; }
