#pragma once

namespace calotype::python {

/// Hands device memory that no tensor uses back to the driver, so that other processes have it:
/// torch keeps what was freed. Does nothing where there is no device.
void give_device_memory_back();

}  // namespace calotype::python
