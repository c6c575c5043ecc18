// A shared library that knows nothing of Calotype.
extern "C" __attribute__((visibility("default"))) int answer() { return 42; }
