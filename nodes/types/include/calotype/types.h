#pragma once
/// Everything a plugin author needs to work with pictures, latents and models.
#include "calotype/types/conditioning.h"
#include "calotype/types/depth.h"
#include "calotype/types/image.h"
#include "calotype/types/image_encoder.h"
#include "calotype/types/latent.h"
#include "calotype/types/mask.h"
#include "calotype/types/models.h"
#include "calotype/types/noise.h"
#include "calotype/types/region.h"
#include "calotype/types/upscaler.h"
