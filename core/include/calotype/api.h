#pragma once
/// Export attribute of everything that crosses a library border.
#define CALOTYPE_API __attribute__((visibility("default")))
