/// The node types of Stable Diffusion 1.x, in the order in which a graph uses them.
#include "calotype/plugin_entry.h"
#include "checkpoint/load_checkpoint.h"
#include "checkpoint/load_vae.h"
#include "inpaint/inpaint_condition.h"
#include "inpaint/inpaint_crop.h"
#include "inpaint/inpaint_fill.h"
#include "inpaint/inpaint_paste.h"
#include "inpaint/latent_fill.h"
#include "io/load_image.h"
#include "io/save_image.h"
#include "masks/mask_blur.h"
#include "masks/mask_from_image.h"
#include "masks/mask_grow.h"
#include "masks/mask_invert.h"
#include "pictures/pad_image.h"
#include "pictures/resize_image.h"
#include "sampling/latent_noise.h"
#include "sampling/sample.h"
#include "text/text_encode.h"
#include "vae/vae_decode.h"
#include "vae/vae_encode.h"

namespace {

void register_nodes(calotype::Registrar& r) {
  r.add<calotype::LoadCheckpoint>();
  r.add<calotype::LoadVAE>();
  r.add<calotype::TextEncode>();
  r.add<calotype::LatentNoise>();
  r.add<calotype::Sample>();
  r.add<calotype::VAEEncode>();
  r.add<calotype::VAEDecode>();
  r.add<calotype::LoadImage>();
  r.add<calotype::SaveImage>();
  r.add<calotype::ResizeImage>();
  r.add<calotype::PadImage>();
  r.add<calotype::MaskFromImage>();
  r.add<calotype::MaskInvert>();
  r.add<calotype::MaskGrow>();
  r.add<calotype::MaskBlur>();
  r.add<calotype::InpaintCrop>();
  r.add<calotype::InpaintFill>();
  r.add<calotype::LatentFill>();
  r.add<calotype::InpaintCondition>();
  r.add<calotype::InpaintPaste>();
}

}  // namespace

CALOTYPE_PLUGIN("calotype.sd", "0.1.0", register_nodes)
