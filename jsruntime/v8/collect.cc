// One method of v8::Isolate that the binding does not offer. It is public and not
// virtual, so this declaration links against the library without V8's headers.
namespace v8 {
class Isolate {
 public:
  void LowMemoryNotification();
};
}  // namespace v8

// The caller must have entered and locked the isolate.
extern "C" void isolane_low_memory(void* isolate) {
  static_cast<v8::Isolate*>(isolate)->LowMemoryNotification();
}
