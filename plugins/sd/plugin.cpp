/// The node types of Stable Diffusion, in the order in which a graph uses them.
#include "calotype/plugin_entry.h"
#include "checkpoint/load_checkpoint.h"
#include "checkpoint/load_denoiser.h"
#include "checkpoint/load_vae.h"
#include "image_encoder/image_condition.h"
#include "image_encoder/load_image_encoder.h"
#include "inpaint/inpaint_condition.h"
#include "inpaint/inpaint_crop.h"
#include "inpaint/inpaint_fill.h"
#include "inpaint/inpaint_paste.h"
#include "inpaint/latent_fill.h"
#include "io/load_image.h"
#include "io/load_tensor.h"
#include "io/save_image.h"
#include "io/save_tensor.h"
#include "masks/mask_blur.h"
#include "masks/mask_from_image.h"
#include "masks/mask_grow.h"
#include "masks/mask_invert.h"
#include "masks/mask_to_image.h"
#include "pictures/pad_image.h"
#include "pictures/picture_grid.h"
#include "pictures/resize_image.h"
#include "sampling/latent_noise.h"
#include "sampling/latent_resize.h"
#include "sampling/sample.h"
#include "sampling/seamless.h"
#include "text/picture_size_condition.h"
#include "text/text_encode.h"
#include "vae/edit_condition.h"
#include "vae/vae_decode.h"
#include "vae/vae_encode.h"

namespace {

void register_nodes(calotype::Registrar& r) {
  r.add<calotype::LoadCheckpoint>();
  r.add<calotype::LoadDenoiser>();
  r.add<calotype::LoadVAE>();
  r.add<calotype::LoadImageEncoder>();
  r.add<calotype::SeamlessModel>();
  r.add<calotype::SeamlessVAE>();
  r.add<calotype::TextEncode>();
  r.add<calotype::PictureSizeCondition>();
  r.add<calotype::ImageCondition>();
  r.add<calotype::EditCondition>();
  r.add<calotype::LatentNoise>();
  r.add<calotype::Sample>();
  r.add<calotype::LatentResize>();
  r.add<calotype::VAEEncode>();
  r.add<calotype::VAEDecode>();
  r.add<calotype::LoadImage>();
  r.add<calotype::PictureGrid>();
  r.add<calotype::SaveImage>();
  r.add<calotype::LoadTensor>();
  r.add<calotype::SaveTensor>();
  r.add<calotype::ResizeImage>();
  r.add<calotype::PadImage>();
  r.add<calotype::MaskFromImage>();
  r.add<calotype::MaskToImage>();
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
