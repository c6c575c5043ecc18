#pragma once
/// Order between what Python has queued on a device and what the engine queues there.
#include <ATen/core/Tensor.h>

namespace calotype::python {

/// The engine's nodes work on their device's default stream, Python may have chosen another one for
/// this thread. Both return at once; on the CPU, and where the streams are the same, nothing is to
/// be done.
///
/// For a tensor that the engine will read: the default stream waits for this thread's stream.
void before_engine(const at::Tensor& tensor);
/// For a tensor that Python will read: this thread's stream waits for the default stream.
void after_engine(const at::Tensor& tensor);

}  // namespace calotype::python
