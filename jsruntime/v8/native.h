// What the C++ files offer to Go.
#ifndef ISOLANE_NATIVE_H
#define ISOLANE_NATIVE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// isolane_owner is whom the buffers of one context are charged to. Go reads bytes
// atomically.
typedef struct isolane_owner {
  int64_t bytes;
  int64_t refs;
  struct isolane_account* account;
  // context is the slot of the realm's context, and hook that of the function that hears
  // what V8 tells in the middle of JavaScript (see hook.cc); null while there is none.
  void* context;
  void* hook;
} isolane_owner;

// isolane_account is what one isolate may hold outside its heap, and does. Go reads
// the counts atomically, and writes owner while no JavaScript runs.
typedef struct isolane_account {
  int64_t limit;
  int64_t live;       // bytes of its buffers
  int64_t icu;        // bytes of what Intl objects hold
  int64_t icu_told;   // and of them, what V8 was told
  int64_t asked;      // bytes of the allocation that was denied
  int32_t denials;    // in a row
  int32_t exhausted;  // terminated, because there was no room for buffers
  int32_t pending;    // looks since one was taken
  int32_t lost;       // the thread that ran JavaScript in it does not return
  int64_t held;       // bytes of its heap when it ran full, or then
  uintptr_t host;     // Go's handle of the isolate
  int32_t samples;    // of a profile, asked for since one was taken
  isolane_owner* owner;
} isolane_account;

// isolane_open_account makes the account of the isolate that the binding makes
// before isolane_close_opening is called; the two enclose that making.
isolane_account* isolane_open_account(int64_t limit, uintptr_t host);
void isolane_close_opening(isolane_account* account, void* isolate);

// isolane_account_of returns the account of an isolate of ours that is alive, or null.
isolane_account* isolane_account_of(void* isolate);

// isolane_install_hooks and isolane_survive_fatal are called once for each isolate, when
// it is made.
void isolane_install_hooks(void* isolate);
void isolane_survive_fatal(void* isolate);

// isolane_offer_flow puts V8's functions for what code carries over an await where
// core.js takes them away: the global "isolane:flow" of a context (the binding's).
void isolane_offer_flow(void* isolate, void* context);

// isolane_retire is to be called before the isolate is disposed of;
// isolane_close_account after it. The account lives on while a buffer does.
void isolane_retire(void* isolate);
void isolane_close_account(isolane_account* account);

isolane_owner* isolane_new_owner(isolane_account* account);
void isolane_free_owner(isolane_owner* owner);

// isolane_look asks the thread that runs JavaScript to look at its memory, and to
// terminate itself where it holds more than twice the limit outside the heap.
void isolane_look(isolane_account* account, void* isolate);

// isolane_trim gives free memory of the C library back to the system. From any thread;
// threads that allocate wait for parts of it.
void isolane_trim(void);

// isolane_set_entropy gives V8 random bytes from a pool; before the first isolate, once.
void isolane_set_entropy(void);

// isolane_count_icu has ICU's memory counted; before V8 is initialised, once.
void isolane_count_icu(void);

// isolane_tell_icu tells V8 how much that is. It may collect garbage: the caller has
// entered the isolate. isolane_sync_icu enters it.
void isolane_tell_icu(isolane_account* account, void* isolate);
void isolane_sync_icu(isolane_account* account, void* isolate);

// isolane_external is what V8 counts outside the heap, garbage included; cheap, for the
// thread that owns the isolate.
int64_t isolane_external(void* isolate);

// isolane_profile begins a CPU profile of the isolate with at most so many samples; null where
// that cannot be. isolane_sample has the thread that runs JavaScript take a sample; any thread
// may ask. isolane_end_profile ends it and returns it as V8 writes it, to be freed; null where it
// is larger than most bytes, or most is 0. The first and the last enter the isolate.
void* isolane_profile(void* isolate, uint32_t most);
void isolane_sample(isolane_account* account, void* isolate);
char* isolane_end_profile(void* profile, int64_t most, int64_t* size);

// isolane_low_memory collects garbage; the caller has entered the isolate.
void isolane_low_memory(void* isolate);

// isolane_new_context makes a context of the snapshot's, with the host's script in it or
// plain, as the binding would make one; null where the heap has no room.
void* isolane_new_context(void* isolate, int plain);

// isolane_first_context is the one that the binding made with the isolate, with the host's
// script in it; undefined is the isolate's. To be taken once, where no other realm will be.
void* isolane_first_context(void* isolate, void* undefined);

// isolane_new_call makes a function in a context (the binding's) that asks Go; it returns a
// value of the binding's. Where it is called, Go's isolaneCalled is, with the account's
// host, and answers with one of the two below, or with nothing, which is undefined.
void* isolane_new_call(void* isolate, void* context);
void isolane_answer_text(void* call, const char* text, int64_t size);
void isolane_answer_value(void* call, void* value);

// isolane_port is what goes in and out of one realm at an entry into JavaScript. Its
// values are the slots of persistent handles.
typedef struct isolane_port {
  void* isolate;   // v8::Isolate
  void* context;
  void* function;  // the host script's entry
  void* undefined;
  int32_t* words;  // the control block
  void* kept[2];   // what the port itself keeps alive
  // The text that the entry returned; size is -1 where it returned none.
  char* text;
  int64_t size;
  int64_t capacity;
  // What was thrown, each to be freed; failed where there is any.
  char* message;
  char* location;
  char* stack;
  int32_t failed;
  // The records of a volley, one after another, each behind an isolane_record; see
  // isolane_begin_all.
  char* out;
  int64_t out_size;
  int64_t out_capacity;
  char** transfer; // where the transfer buffer is now
  isolane_account* account;
  int32_t halt; // written by Go in the middle of a volley: no further one begins
  uint32_t entries;
} isolane_port;

// isolane_open_port makes a port; context and undefined are the binding's.
isolane_port* isolane_open_port(void* isolate, void* context, void* undefined, int32_t* words);

// isolane_use takes the entry and the hook, which are values of the binding's; the port
// has the rest already.
void isolane_use(isolane_port* port, isolane_owner* owner, void* function, void* hook);

// isolane_boot has the host's script in a context of the snapshot's begin, and takes the
// entry and the hook from it. The other values are the binding's.
void isolane_boot(isolane_port* port, isolane_owner* owner, void* call, void* control, void* transfer, const char* config,
                  int64_t size);

// isolane_start is one invocation of a volley: what the host script's entry takes, its texts
// by where they are in the input, text_size -1 for none; and when its turn began and ended,
// in nanoseconds since the volley did.
typedef struct isolane_start {
  int32_t id;
  int32_t kind;
  int32_t attempt;
  int32_t reserved;
  double deadline;
  int64_t text;
  int64_t text_size;
  int64_t head;
  int64_t head_size;
  int64_t began;
  int64_t ended;
} isolane_start;

// isolane_record stands before the text and the bytes of a record, whose sum is rounded up
// to eight; bytes_size is -1 where there are none. turn is the place in the volley.
typedef struct isolane_record {
  int32_t turn;
  int32_t kind;
  int32_t inv;
  int32_t op;
  int32_t flags;
  int32_t reserved;
  int64_t text_size;
  int64_t bytes_size;
} isolane_record;

// isolane_begin_all begins invocations one after another, each in a turn of its own with
// its microtasks and its records, and returns how many it began. It begins no further one
// when the turns so far took pace nanoseconds, when one failed, when the isolate holds
// swelled bytes outside its heap, when port->halt is set, or when somebody else has written
// count to *next, which is how many have begun: 1 at the start, since the first one has.
int32_t isolane_begin_all(isolane_port* port, isolane_start* starts, int32_t count, const char* input, int32_t* next,
                          int64_t pace, int64_t swelled);

// isolane_enter calls the entry with as many of the two texts as are not NULL. Where it
// returns no text and the outbox holds a record, it calls it again for that, so that an
// invocation that awaits costs one crossing of the border too.
void isolane_enter(isolane_port* port, const char* a, int64_t a_size, const char* b, int64_t b_size);

// isolane_load runs the binding's script in the context and calls the entry with its
// completion value.
void isolane_load(isolane_port* port, void* script);

void isolane_close_port(isolane_port* port);

typedef struct isolane_blob {
  char* data;
  int size;
} isolane_blob;

// isolane_snapshot makes a snapshot of a context in which count sources have run, beside
// V8's own, in a process of its own: V8 allows one snapshot for each process. What the
// last source returned is what isolane_boot calls. It returns no data where that failed,
// and V8's text of why in error, to be freed.
isolane_blob isolane_snapshot(const char* flags, const char* origin, char** sources, int count, char** error);

// isolane_use_snapshot makes blob what isolates are made from; 0 if that worked.
int isolane_use_snapshot(isolane_blob blob);

#ifdef __cplusplus
}
#endif

#endif
