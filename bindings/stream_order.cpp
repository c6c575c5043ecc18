#include "stream_order.h"

#include <c10/core/Event.h>
#include <c10/core/impl/VirtualGuardImpl.h>

namespace calotype::python {

namespace {

using Guard = c10::impl::VirtualGuardImpl;

void wait(const Guard& guard, const at::Tensor& tensor, c10::Stream first, c10::Stream then) {
  if (first == then) return;
  c10::Event done(tensor.device().type());
  done.record(first);
  done.block(then);
  // So that the memory is not given to others before `then` has read it.
  guard.recordDataPtrOnStream(tensor.storage().data_ptr(), then);
}

}  // namespace

void before_engine(const at::Tensor& tensor) {
  if (!tensor.is_cuda()) return;
  const Guard guard(tensor.device().type());
  wait(guard, tensor, guard.getStream(tensor.device()), guard.getDefaultStream(tensor.device()));
}

void after_engine(const at::Tensor& tensor) {
  if (!tensor.is_cuda()) return;
  const Guard guard(tensor.device().type());
  wait(guard, tensor, guard.getDefaultStream(tensor.device()), guard.getStream(tensor.device()));
}

}  // namespace calotype::python
