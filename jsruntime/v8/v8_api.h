// The few parts of V8 that the binding does not offer. They are public and not
// virtual (but for the allocator, whose virtual table is the embedder's contract), so
// these declarations link against the library without its headers, which the Go tool
// cannot find in another module. They hold for the version that go.mod names: see
// TestVersion.
#ifndef ISOLANE_V8_API_H
#define ISOLANE_V8_API_H

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

namespace v8 {

class Context;
class Platform;

class Isolate {
 public:
  void AddNearHeapLimitCallback(size_t (*callback)(void*, size_t, size_t), void* data);
  int64_t AdjustAmountOfExternalAllocatedMemory(int64_t change);
  void LowMemoryNotification();
  void RequestInterrupt(void (*callback)(Isolate*, void*), void* data);
  void SetAllowAtomicsWait(bool allow);
  void TerminateExecution();
};

class PageAllocator;

class ArrayBuffer {
 public:
  class Allocator {
   public:
    virtual ~Allocator() = default;
    virtual void* Allocate(size_t length) = 0;
    virtual void* AllocateUninitialized(size_t length) = 0;
    virtual void Free(void* data, size_t length) = 0;
    virtual size_t MaxAllocationSize() const = 0;
    virtual PageAllocator* GetPageAllocator() = 0;
  };
};

namespace platform {
void NotifyIsolateShutdown(Platform* platform, Isolate* isolate);
}

struct StartupData {
  const char* data;
  int raw_size;
};

// Local is the address of a handle's slot.
template <class T>
class Local {
 public:
  void* slot;
};

struct SerializeInternalFieldsCallback {
  void* callback = nullptr;
  void* data = nullptr;
};
struct SerializeContextDataCallback {
  void* callback = nullptr;
  void* data = nullptr;
};
struct SerializeAPIWrapperCallback {
  void* callback = nullptr;
  void* data = nullptr;
};

class SnapshotCreator {
 public:
  enum class FunctionCodeHandling { kClear, kKeep };
  SnapshotCreator(const intptr_t* external_references, const StartupData* existing_blob);
  ~SnapshotCreator();
  Isolate* GetIsolate();
  void SetDefaultContext(Local<Context> context, SerializeInternalFieldsCallback fields,
                         SerializeContextDataCallback data, SerializeAPIWrapperCallback wrapper);
  StartupData CreateBlob(FunctionCodeHandling handling);

 private:
  void* impl_;
};

namespace internal {
class Snapshot {
 public:
  static const StartupData* DefaultSnapshotBlob();
};
}  // namespace internal

}  // namespace v8

// What the binding has in its own objects.
extern v8::ArrayBuffer::Allocator* default_allocator;
extern std::unique_ptr<v8::Platform> default_platform;

extern "C" {

struct m_value;

struct m_ctx {
  v8::Isolate* iso;
  std::unordered_map<long, m_value*> vals;
  std::vector<void*> unboundScripts;
  void* ptr;  // v8::Persistent<v8::Context>: the address of its slot
  long nextValId;
};

struct RtnError {
  char* msg;
  char* location;
  char* stack;
};

struct RtnValue {
  m_value* value;
  RtnError error;
};

typedef struct {
  size_t total_heap_size;
  size_t total_heap_size_executable;
  size_t total_physical_size;
  size_t total_available_size;
  size_t used_heap_size;
  size_t heap_size_limit;
  size_t malloced_memory;
  size_t external_memory;
  size_t peak_malloced_memory;
  size_t number_of_native_contexts;
  size_t number_of_detached_contexts;
} IsolateHStatistics;

IsolateHStatistics IsolationGetHeapStatistics(v8::Isolate* isolate);
void Init();
void SetFlags(const char* flags);
m_ctx* NewContext(v8::Isolate* isolate, void* global_template, int ref);
void ContextFree(m_ctx* context);
RtnValue RunScript(m_ctx* context, const char* source, const char* origin);

}  // extern "C"

#endif
