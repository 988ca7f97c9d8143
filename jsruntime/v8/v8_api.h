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
#include <optional>
#include <unordered_map>
#include <vector>

namespace v8 {

class Context;
class ExtensionConfiguration;
class FixedArray;
class MicrotaskQueue;
class ObjectTemplate;
class Platform;
struct OOMDetails;

namespace internal {
class Isolate;

// StackGuard has the interrupts of the thread that is in an isolate. It stands in the
// isolate, and begins with its address.
class StackGuard {
 public:
  enum InterruptFlag : uint32_t { INSTALL_CODE = 1 << 2, INSTALL_MAGLEV_CODE = 1 << 9 };
  void RequestInterrupt(InterruptFlag flag);

  static StackGuard* Of(Isolate* isolate) {
    auto* guard = reinterpret_cast<StackGuard*>(reinterpret_cast<char*>(isolate) + 8);
    return guard->isolate == isolate ? guard : nullptr;
  }

 private:
  Isolate* isolate;
};
}  // namespace internal

// A persistent handle is the address of a slot of V8's, which holds an object alive.
namespace api_internal {
uintptr_t* GlobalizeReference(internal::Isolate* isolate, uintptr_t value);
void DisposeGlobal(uintptr_t* slot);
}  // namespace api_internal

// Local is the address of a handle's slot, and so is this of a member function. The slot
// of a persistent handle serves as well, while that lives.
template <class T>
class Local {
 public:
  void* slot;
};

template <class T>
class MaybeLocal {
 public:
  void* slot;
};

class Data {};
class Value : public Data {
 public:
  bool FullIsString() const;
};
class Promise : public Value {};
class Object : public Value {
 public:
  void* Set(Local<Context> context, Local<Value> key, Local<Value> value);  // Maybe<bool>
};

enum class NewStringType { kNormal, kInternalized };

class Isolate;

class String : public Value {
 public:
  static MaybeLocal<String> NewFromUtf8(Isolate* isolate, const char* data, NewStringType type, int length);
  size_t Utf8LengthV2(Isolate* isolate) const;
  size_t WriteUtf8V2(Isolate* isolate, char* buffer, size_t capacity, int flags, size_t* processed) const;
};

class Integer : public Value {
 public:
  static Local<Integer> New(Isolate* isolate, int32_t value);
};

template <class T>
class FunctionCallbackInfo;

enum class ConstructorBehavior { kThrow, kAllow };
enum class SideEffectType { kHasSideEffect, kHasNoSideEffect, kHasSideEffectToReceiver };

class Function : public Object {
 public:
  using Callback = void (*)(const FunctionCallbackInfo<Value>& info);

  static MaybeLocal<Function> New(Local<Context> context, Callback callback, Local<Value> data, int length,
                                  ConstructorBehavior behavior, SideEffectType side_effect);
  MaybeLocal<Value> Call(Isolate* isolate, Local<Context> context, Local<Value> receiver, int argc, Local<Value> argv[]);
};

// FunctionCallbackInfo has the fields of V8's.
template <class T>
class FunctionCallbackInfo {
 public:
  Isolate* isolate() const { return reinterpret_cast<Isolate*>(implicit_[1]); }
  int length() const { return static_cast<int>(length_); }
  Local<Value> argument(int i) const { return {values_ + i}; }
  void result(const void* slot) const { implicit_[3] = *static_cast<const uintptr_t*>(slot); }

 private:
  uintptr_t* implicit_;
  uintptr_t* values_;
  uintptr_t length_;
};

// What a context of a snapshot is told of the embedder's data; there is none.
struct DeserializeInternalFieldsCallback {
  void* callback = nullptr;
  void* data = nullptr;
};
struct DeserializeContextDataCallback {
  void* callback = nullptr;
  void* data = nullptr;
};
struct DeserializeAPIWrapperCallback {
  void* callback = nullptr;
  void* data = nullptr;
};

class Context {
 public:
  static Local<Context> New(Isolate* isolate, ExtensionConfiguration* extensions, MaybeLocal<ObjectTemplate> global_template,
                            MaybeLocal<Value> global, DeserializeInternalFieldsCallback fields, MicrotaskQueue* microtasks,
                            DeserializeContextDataCallback data, DeserializeAPIWrapperCallback wrapper);
  static MaybeLocal<Context> FromSnapshot(Isolate* isolate, size_t index, DeserializeInternalFieldsCallback fields,
                                          ExtensionConfiguration* extensions, MaybeLocal<Value> global,
                                          MicrotaskQueue* microtasks, DeserializeContextDataCallback data,
                                          DeserializeAPIWrapperCallback wrapper);
  uintptr_t* GetDataFromSnapshotOnce(size_t index);
  void Enter();
  void Exit();
  Local<Object> GetExtrasBindingObject();
  Local<Object> Global();
};

class Script {
 public:
  MaybeLocal<Value> Run(Local<Context> context);
};

class UnboundScript {
 public:
  Local<Script> BindToCurrentContext();
};

class HandleScope {
 public:
  explicit HandleScope(Isolate* isolate);
  ~HandleScope();

 private:
  void* fields_[4];
};

class Locker {
 public:
  explicit Locker(Isolate* isolate) { Initialize(isolate); }
  ~Locker();

 private:
  void Initialize(Isolate* isolate);
  bool has_lock_;
  bool top_level_;
  void* isolate_;
};

class PromiseRejectMessage {
 public:
  Local<Promise> promise;
  int event;
  Local<Value> value;
};

// TryCatch has the size of V8's.
class TryCatch {
 public:
  explicit TryCatch(Isolate* isolate);
  ~TryCatch();

 private:
  void* fields_[6];
};

class Isolate {
 public:
  using ImportCallback = MaybeLocal<Promise> (*)(Local<Context>, Local<Data>, Local<Value>, Local<String>, Local<FixedArray>);

  static Isolate* TryGetCurrent();
  Local<Context> GetEnteredOrMicrotaskContext();
  void Enter();
  void Exit();
  void SetHostImportModuleDynamicallyCallback(ImportCallback callback);
  void SetOOMErrorHandler(void (*callback)(const char* location, const OOMDetails& details));
  void SetPromiseRejectCallback(void (*callback)(PromiseRejectMessage message));
  void AddNearHeapLimitCallback(size_t (*callback)(void*, size_t, size_t), void* data);
  int64_t AdjustAmountOfExternalAllocatedMemory(int64_t change);
  void LowMemoryNotification();
  void RequestInterrupt(void (*callback)(Isolate*, void*), void* data);
  void SetAllowAtomicsWait(bool allow);
  bool IsInUse();
  void TerminateExecution();
};

// OutputStream has the virtual table of V8's, which is the embedder's contract.
class OutputStream {
 public:
  enum WriteResult { kContinue = 0, kAbort = 1 };
  virtual ~OutputStream() = default;
  virtual void EndOfStream() = 0;
  virtual int GetChunkSize() { return 1024; }
  virtual WriteResult WriteAsciiChunk(char* data, int size) = 0;
  virtual WriteResult WriteHeapStatsChunk(void*, int) { return kAbort; }
};

class CpuProfile {
 public:
  enum SerializationFormat { kJSON = 0 };
  void Delete();
  void Serialize(OutputStream* stream, SerializationFormat format) const;
};

enum CpuProfilingMode { kLeafNodeLineNumbers, kCallerLineNumbers };
enum CpuProfilingNamingMode { kStandardNaming, kDebugNaming };
enum CpuProfilingLoggingMode { kLazyLogging, kEagerLogging };
enum class CpuProfilingStatus { kStarted, kAlreadyStarted, kErrorTooManyProfilers };

class CpuProfiler {
 public:
  static CpuProfiler* New(Isolate* isolate, CpuProfilingNamingMode naming, CpuProfilingLoggingMode logging);
  static void UseDetailedSourcePositionsForProfiling(Isolate* isolate);
  static void CollectSample(Isolate* isolate, std::optional<uint64_t> trace);
  void Dispose();
  void SetSamplingInterval(int us);
  CpuProfilingStatus StartProfiling(Local<String> title, CpuProfilingMode mode, bool samples, unsigned most);
  CpuProfile* StopProfiling(Local<String> title);
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
  size_t AddContext(Local<Context> context, SerializeInternalFieldsCallback fields, SerializeContextDataCallback data,
                    SerializeAPIWrapperCallback wrapper);
  size_t AddData(Local<Context> context, uintptr_t object);
  StartupData CreateBlob(FunctionCodeHandling handling);

 private:
  void* impl_;
};

class V8 {
 public:
  static void SetEntropySource(bool (*source)(unsigned char* out, size_t size));
};

namespace base {
void SetFatalFunction(void (*function)(const char* file, int line, const char* message));
}

namespace internal {
class Deoptimizer {
 public:
  static void DeoptimizeAll(Isolate* isolate);
};
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

struct m_value {
  long id;
  v8::Isolate* iso;
  m_ctx* ctx;
  void* ptr;  // v8::Global<v8::Value>: the address of its slot
};

struct m_unboundScript {
  void* ptr;  // v8::Persistent<v8::UnboundScript>: the address of its slot
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

RtnError ExceptionError(v8::TryCatch& caught, v8::Isolate* isolate, v8::Local<v8::Context> context);
IsolateHStatistics IsolationGetHeapStatistics(v8::Isolate* isolate);
void Init();
void SetFlags(const char* flags);
m_ctx* NewContext(v8::Isolate* isolate, void* global_template, int ref);
void ContextFree(m_ctx* context);
RtnValue RunScript(m_ctx* context, const char* source, const char* origin);

}  // extern "C"

#endif
