# Made by `calotype stubs` from the node schemas; do not edit.
from os import PathLike
from typing import Any, Literal, Sequence

from calotype.graph import Input, Link, Node

class Autoencoder:
    """The port type Autoencoder."""

class Conditioning:
    """The port type Conditioning."""

class Denoiser:
    """The port type Denoiser."""

class DepthMap:
    """The port type DepthMap."""

class DepthModel:
    """The port type DepthModel."""

class Image:
    """The port type Image."""

class ImageEncoder:
    """The port type ImageEncoder."""

class Latent:
    """The port type Latent."""

class Mask:
    """The port type Mask."""

class Noise:
    """The port type Noise."""

class Region:
    """The port type Region."""

class TextEncoder:
    """The port type TextEncoder."""

class Upscaler:
    """The port type Upscaler."""

class example_Palette:
    """The port type example.Palette."""

class DepthCondition(Node):
    """Add depth to a conditioning, for models that take it.

    Args:
        conditioning: From TextEncode.
        depth: Of a picture with the size of the one to make; width and height must be multiples of 8.
    """

    def __init__(
        self,
        *,
        conditioning: Link[Conditioning] | Input[Conditioning],
        depth: Link[DepthMap] | Input[DepthMap],
        id: str | None = None,
        note: str = "",
    ) -> None: ...
    @property
    def conditioning(self) -> Link[Conditioning]:
        """The same text with depth; a negative conditioning without it takes the positive's."""

class DepthEstimate(Node):
    """Estimate how near each point of a picture is.

    Args:
        image: RGB picture of any size.
        depth_model: From LoadDepthModel.
    """

    def __init__(
        self,
        *,
        image: Link[Image] | Input[Image],
        depth_model: Link[DepthModel] | Input[DepthModel],
        id: str | None = None,
        note: str = "",
    ) -> None: ...
    @property
    def depth(self) -> Link[DepthMap]:
        """Relative inverse depth, 0 the farthest point of the picture, 1 the nearest; not metres."""

class DepthToImage(Node):
    """Show depth as a grey picture.

    Args:
        depth: Relative inverse depth.
    """

    def __init__(
        self,
        *,
        depth: Link[DepthMap] | Input[DepthMap],
        id: str | None = None,
        note: str = "",
    ) -> None: ...
    @property
    def image(self) -> Link[Image]:
        """Grey picture of the same size: white is near, black is far."""

class EditCondition(Node):
    """Tell a model that edits pictures (InstructPix2Pix) which picture to edit.

    Args:
        conditioning: The instruction, from TextEncode.
        vae: The autoencoder that belongs to the model.
        image: The picture; width and height must be multiples of 8, and those of the noise.
    """

    def __init__(
        self,
        *,
        conditioning: Link[Conditioning] | Input[Conditioning],
        vae: Link[Autoencoder] | Input[Autoencoder],
        image: Link[Image] | Input[Image],
        id: str | None = None,
        note: str = "",
    ) -> None: ...
    @property
    def conditioning(self) -> Link[Conditioning]:
        """The instruction with the picture."""

class ImageCondition(Node):
    """Tells an unCLIP model what a picture shows.

    Args:
        conditioning: The text, from TextEncode.
        image: The picture to vary; any size, seen as a square of 224 pixels.
        image_encoder: From LoadImageEncoder.
        noise_level: Noise added to what the model knows of the picture: 0 stays closest to it. (0 to 999)
        seed: Seed of that noise; picture i of a batch uses seed + i. (or \"random\")
    """

    def __init__(
        self,
        *,
        conditioning: Link[Conditioning] | Input[Conditioning],
        image: Link[Image] | Input[Image],
        image_encoder: Link[ImageEncoder] | Input[ImageEncoder],
        noise_level: int | Input[int] = 0,
        seed: int | Literal["random"] | Input[int] = 0,
        id: str | None = None,
        note: str = "",
    ) -> None: ...
    @property
    def conditioning(self) -> Link[Conditioning]:
        """For the positive side; the negative side needs none."""

class InpaintCondition(Node):
    """Tell an inpainting model what to paint and what is around it.

    Args:
        conditioning: The encoded text.
        vae: The autoencoder that belongs to the model.
        image: RGB picture; width and height must be multiples of 8.
        mask: Of the picture's size: 0.5 and above is painted.
        seed: Draws the latent from the encoder's distribution, as the reference programs do; without it the mean is taken.
        mask_weight: How well the masked part of the picture is hidden from the model: 1 wholly, 0 not at all. (0 to 1)
    """

    def __init__(
        self,
        *,
        conditioning: Link[Conditioning] | Input[Conditioning],
        vae: Link[Autoencoder] | Input[Autoencoder],
        image: Link[Image] | Input[Image],
        mask: Link[Mask] | Input[Mask],
        seed: int | Input[int] | None = None,
        mask_weight: float | Input[float] = 1,
        id: str | None = None,
        note: str = "",
    ) -> None: ...
    @property
    def conditioning(self) -> Link[Conditioning]:
        """For Sample's `positive`."""

class InpaintCrop(Node):
    """Cut out and enlarge the masked part of a picture.

    Args:
        image: RGB picture.
        mask: Mask of the picture's size.
        width: Width to work at. (8 to 16384, multiple of 8, px)
        height: Height to work at. (8 to 16384, multiple of 8, px)
        padding: How much of the picture around the mask is cut out too. (0 to 8192, px)
    """

    def __init__(
        self,
        *,
        image: Link[Image] | Input[Image],
        mask: Link[Mask] | Input[Mask],
        width: int | Input[int] = 512,
        height: int | Input[int] = 512,
        padding: int | Input[int] = 32,
        id: str | None = None,
        note: str = "",
    ) -> None: ...
    @property
    def image(self) -> Link[Image]:
        """The masked part and what is around it."""
    @property
    def mask(self) -> Link[Mask]:
        """The same part of the mask."""
    @property
    def region(self) -> Link[Region]:
        """Where the part belongs, for InpaintPaste."""

class InpaintFill(Node):
    """Cover the masked part of a picture with the colours around it.

    Args:
        image: RGB picture.
        mask: Mask of the picture's size.
        mode: `fill` spreads the colours around the mask over it, `original` leaves the picture as it is. (one of \"original\", \"fill\")
    """

    def __init__(
        self,
        *,
        image: Link[Image] | Input[Image],
        mask: Link[Mask] | Input[Mask],
        mode: Literal["original", "fill"] | Input[str] = "fill",
        id: str | None = None,
        note: str = "",
    ) -> None: ...
    @property
    def image(self) -> Link[Image]:
        """Picture of the same size."""

class InpaintPaste(Node):
    """Put a repainted picture back into the original.

    Args:
        original: The picture before.
        image: What was painted: of the original's size, or with `region` of any.
        mask: Of the original's size: 1 shows what was painted, 0 the original.
        region: Where `image` belongs; the whole picture when absent.
    """

    def __init__(
        self,
        *,
        original: Link[Image] | Input[Image],
        image: Link[Image] | Input[Image],
        mask: Link[Mask] | Input[Mask],
        region: Link[Region] | Input[Region] | None = None,
        id: str | None = None,
        note: str = "",
    ) -> None: ...
    @property
    def image(self) -> Link[Image]:
        """The original with the painted part."""

class LatentFill(Node):
    """Replace the masked part of a latent by noise or by nothing.

    Args:
        latent: The encoded picture.
        mask: Mask of the picture's size, or of the latent's.
        noise: The noise that Sample starts from; for mode `noise`.
        mode: `noise` puts unit noise under the mask, `nothing` zeros, `original` leaves the latent as it is. (one of \"original\", \"noise\", \"nothing\")
    """

    def __init__(
        self,
        *,
        latent: Link[Latent] | Input[Latent],
        mask: Link[Mask] | Input[Mask],
        noise: Link[Noise] | Input[Noise] | None = None,
        mode: Literal["original", "noise", "nothing"] | Input[str] = "noise",
        id: str | None = None,
        note: str = "",
    ) -> None: ...
    @property
    def latent(self) -> Link[Latent]:
        """Latent to sample from."""

class LatentNoise(Node):
    """Draw the noise that a picture starts from.

    Args:
        latent: Where size and number of the pictures come from; width, height and batch are then ignored.
        width: Width of the picture. (8 to 1048576, multiple of 8, px)
        height: Height of the picture. (8 to 1048576, multiple of 8, px)
        batch: Number of pictures. (1 to 4096, pictures)
        seed: Seed of the first picture; the next ones use seed + 1, + 2, ... (or \"random\")
        source: Where the noise is drawn: `cpu` gives the same numbers on every machine, those of torch.randn with a CPU generator; `philox` those of torch.randn on CUDA, on every machine too; `device` draws on the first CUDA device. (one of \"cpu\", \"philox\", \"device\")
        variation_seed: Seed of the noise to turn towards; the next pictures use variation_seed + 1, + 2, ...
        variation_strength: How far: 0 is the noise of `seed`, 1 that of `variation_seed`. Above 0 all pictures of the batch share `seed`. (0 to 1)
    """

    def __init__(
        self,
        *,
        latent: Link[Latent] | Input[Latent] | None = None,
        width: int | Input[int] = 512,
        height: int | Input[int] = 512,
        batch: int | Input[int] = 1,
        seed: int | Literal["random"] | Input[int] = 0,
        source: Literal["cpu", "philox", "device"] | Input[str] = "cpu",
        variation_seed: int | Input[int] = 0,
        variation_strength: float | Input[float] = 0,
        id: str | None = None,
        note: str = "",
    ) -> None: ...
    @property
    def noise(self) -> Link[Noise]:
        """Noise of unit variance and the seeds to draw more of it."""

class LatentResize(Node):
    """Resize a latent, to sample it again at a larger size.

    Args:
        latent: Latent in model space.
        scale: Factor of both sides, where width and height are 0. (0.01 to 64)
        width: Width of the picture; 0: by scale, or in proportion to the height. (0 to 1048576, multiple of 8, px)
        height: Height of the picture; 0: by scale, or in proportion to the width. (0 to 1048576, multiple of 8, px)
        method: How values in between are made. (one of \"nearest\", \"nearest_exact\", \"bilinear\", \"bilinear_antialiased\", \"bicubic\", \"bicubic_antialiased\", \"area\")
    """

    def __init__(
        self,
        *,
        latent: Link[Latent] | Input[Latent],
        scale: float | Input[float] = 2,
        width: int | Input[int] = 0,
        height: int | Input[int] = 0,
        method: Literal["nearest", "nearest_exact", "bilinear", "bilinear_antialiased", "bicubic", "bicubic_antialiased", "area"] | Input[str] = "bilinear",
        id: str | None = None,
        note: str = "",
    ) -> None: ...
    @property
    def latent(self) -> Link[Latent]:
        """The resized latent."""

class LoadCheckpoint(Node):
    """Opens a Stable Diffusion checkpoint: 1.x, 2.x, XL and the models made from them.

    Args:
        path: A file in the original layout (.safetensors, .ckpt), or a folder saved by diffusers. A .yaml file of the same name beside it is honoured.
        dtype: Number format to compute in. auto: float32 on the CPU; on CUDA float16, and bfloat16 for the VAE. (one of \"auto\", \"float32\", \"float16\", \"bfloat16\")
        device: auto, cpu, cuda or cuda:N. auto: CUDA when there is one.
        family: Which family of models it is. auto: told by the structure of the network. (one of \"auto\", \"sd1\", \"sd2\", \"unclip\", \"x4\", \"sdxl\", \"sdxl_refiner\")
        prediction: What the model outputs: epsilon, v, or auto: what the files say, else what is usual in the family, else found out with one run of the network. (one of \"auto\", \"epsilon\", \"v\")
    """

    def __init__(
        self,
        *,
        path: str | PathLike[str] | Input[str],
        dtype: Literal["auto", "float32", "float16", "bfloat16"] | Input[str] = "auto",
        device: str | Input[str] = "auto",
        family: Literal["auto", "sd1", "sd2", "unclip", "x4", "sdxl", "sdxl_refiner"] | Input[str] = "auto",
        prediction: Literal["auto", "epsilon", "v"] | Input[str] = "auto",
        id: str | None = None,
        note: str = "",
    ) -> None: ...
    @property
    def model(self) -> Link[Denoiser]:
        """The denoising network."""
    @property
    def text_encoder(self) -> Link[TextEncoder]:
        """For TextEncode."""
    @property
    def vae(self) -> Link[Autoencoder]:
        """For VAEEncode and VAEDecode."""

class LoadDenoiser(Node):
    """Opens a denoising network, to use instead of the one in a checkpoint.

    Args:
        path: A file that is or holds a UNet, the folder of one, or a folder saved by diffusers. A .yaml file of the same name beside it is honoured.
        dtype: Number format to compute in. auto: float32 on the CPU, float16 on CUDA. (one of \"auto\", \"float32\", \"float16\", \"bfloat16\")
        device: auto, cpu, cuda or cuda:N. auto: CUDA when there is one.
        family: Which family of models it is of. auto: told by the structure of the network. (one of \"auto\", \"sd1\", \"sd2\", \"unclip\", \"x4\", \"sdxl\", \"sdxl_refiner\")
        prediction: What the model outputs: epsilon, v, or auto: what the files say, else what is usual in the family, else found out with one run of the network. (one of \"auto\", \"epsilon\", \"v\")
    """

    def __init__(
        self,
        *,
        path: str | PathLike[str] | Input[str],
        dtype: Literal["auto", "float32", "float16", "bfloat16"] | Input[str] = "auto",
        device: str | Input[str] = "auto",
        family: Literal["auto", "sd1", "sd2", "unclip", "x4", "sdxl", "sdxl_refiner"] | Input[str] = "auto",
        prediction: Literal["auto", "epsilon", "v"] | Input[str] = "auto",
        id: str | None = None,
        note: str = "",
    ) -> None: ...
    @property
    def model(self) -> Link[Denoiser]:
        """The denoising network."""

class LoadDepthModel(Node):
    """Opens a network that estimates depth: DPT-Hybrid or Depth Anything.

    Args:
        path: The authors' weights, a folder of transformers or diffusers, or a Stable Diffusion 2 depth checkpoint.
        dtype: Number format to compute in. auto: float32. (one of \"auto\", \"float32\", \"float16\", \"bfloat16\")
        device: auto, cpu, cuda or cuda:N. auto: CUDA when there is one.
    """

    def __init__(
        self,
        *,
        path: str | PathLike[str] | Input[str],
        dtype: Literal["auto", "float32", "float16", "bfloat16"] | Input[str] = "auto",
        device: str | Input[str] = "auto",
        id: str | None = None,
        note: str = "",
    ) -> None: ...
    @property
    def depth_model(self) -> Link[DepthModel]:
        """For DepthEstimate."""

class LoadImage(Node):
    """Read a picture file.

    Args:
        path: PNG, JPEG or WebP file.
    """

    def __init__(
        self,
        *,
        path: str | PathLike[str] | Input[str],
        id: str | None = None,
        note: str = "",
    ) -> None: ...
    @property
    def image(self) -> Link[Image]:
        """The picture, RGB, values 0..1."""
    @property
    def mask(self) -> Link[Mask]:
        """Its transparency: 1 is transparent, 0 is opaque."""

class LoadImageEncoder(Node):
    """Opens the image half of CLIP, for ImageCondition.

    Args:
        path: A stable unCLIP checkpoint in one file, or a folder saved by diffusers or by transformers with CLIP's image encoder.
        dtype: Number format to compute in. auto: float32 on the CPU, float16 on CUDA. (one of \"auto\", \"float32\", \"float16\", \"bfloat16\")
        device: auto, cpu, cuda or cuda:N. auto: CUDA when there is one.
        statistics: A file with the mean and the deviation of image embeddings, for checkpoints that do not hold them: Karlo's ViT-L-14_stats.th goes with unCLIP L.
    """

    def __init__(
        self,
        *,
        path: str | PathLike[str] | Input[str],
        dtype: Literal["auto", "float32", "float16", "bfloat16"] | Input[str] = "auto",
        device: str | Input[str] = "auto",
        statistics: str | PathLike[str] | Input[str] | None = None,
        id: str | None = None,
        note: str = "",
    ) -> None: ...
    @property
    def image_encoder(self) -> Link[ImageEncoder]:
        """For ImageCondition."""

class LoadTensor(Node):
    """Read a value, such as a latent, from a file.

    Args:
        path: A .safetensors file that SaveTensor or --output wrote.
        type: Port type of the value: Latent, Image, Conditioning, ...
    """

    def __init__(
        self,
        *,
        path: str | PathLike[str] | Input[str],
        type: str | Input[str] = "Latent",
        id: str | None = None,
        note: str = "",
    ) -> None: ...
    @property
    def value(self) -> Link[Any]:
        """The value, of the port type that `type` names."""

class LoadUpscaler(Node):
    """Opens an upscaling network: ESRGAN, Real-ESRGAN, BSRGAN or a compact one.

    Args:
        path: The file of its weights.
        dtype: Number format to compute in. auto: float32 on the CPU, float16 on CUDA. (one of \"auto\", \"float32\", \"float16\", \"bfloat16\")
        device: auto, cpu, cuda or cuda:N. auto: CUDA when there is one.
        tile: Pictures are computed in overlapping tiles of at most this side. 0: in one piece, or in tiles when that would take more than a quarter of the memory. (0 to 65536, px)
    """

    def __init__(
        self,
        *,
        path: str | PathLike[str] | Input[str],
        dtype: Literal["auto", "float32", "float16", "bfloat16"] | Input[str] = "auto",
        device: str | Input[str] = "auto",
        tile: int | Input[int] = 0,
        id: str | None = None,
        note: str = "",
    ) -> None: ...
    @property
    def upscaler(self) -> Link[Upscaler]:
        """For Upscale."""

class LoadVAE(Node):
    """Opens a VAE, to use instead of the one in a checkpoint.

    Args:
        path: A file that is or holds a VAE, the folder of one, or a folder saved by diffusers.
        dtype: Number format to compute in. auto: float32 on the CPU, bfloat16 on CUDA. (one of \"auto\", \"float32\", \"float16\", \"bfloat16\")
        device: auto, cpu, cuda or cuda:N. auto: CUDA when there is one.
        scaling: Factor of its latents. Unset: what the files say, else that of the checkpoint it is in, else 0.18215 (0.08333 where pictures shrink by 4). An SDXL VAE that stands alone in a file needs 0.13025. (0.0001 to 10000)
    """

    def __init__(
        self,
        *,
        path: str | PathLike[str] | Input[str],
        dtype: Literal["auto", "float32", "float16", "bfloat16"] | Input[str] = "auto",
        device: str | Input[str] = "auto",
        scaling: float | Input[float] | None = None,
        id: str | None = None,
        note: str = "",
    ) -> None: ...
    @property
    def vae(self) -> Link[Autoencoder]:
        """For VAEEncode and VAEDecode."""

class LowResCondition(Node):
    """Tell the x4 upscaler which picture to enlarge.

    Args:
        conditioning: What the picture shows, from TextEncode.
        image: The small picture.
        noise_level: Noise put over the small picture, as a step of the schedule: more lets the model invent more. The model was trained with up to 350; 100 suits generated pictures. (0 to 999)
        seed: Seed of that noise for the first picture; the next ones use seed + 1, + 2, ... (or \"random\")
    """

    def __init__(
        self,
        *,
        conditioning: Link[Conditioning] | Input[Conditioning],
        image: Link[Image] | Input[Image],
        noise_level: int | Input[int] = 20,
        seed: int | Literal["random"] | Input[int] = 0,
        id: str | None = None,
        note: str = "",
    ) -> None: ...
    @property
    def conditioning(self) -> Link[Conditioning]:
        """For Sample; a negative conditioning takes picture and level from it."""
    @property
    def latent(self) -> Link[Latent]:
        """An empty latent of the right size, for LatentNoise."""

class MaskBlur(Node):
    """Soften the edges of a mask.

    Args:
        mask: Any mask.
        sigma: Standard deviation of the Gaussian; 0 leaves the mask as it is. (0 to 1000, px)
    """

    def __init__(
        self,
        *,
        mask: Link[Mask] | Input[Mask],
        sigma: float | Input[float] = 4,
        id: str | None = None,
        note: str = "",
    ) -> None: ...
    @property
    def mask(self) -> Link[Mask]:
        """Mask of the same size."""

class MaskFromImage(Node):
    """Read a picture as a mask.

    Args:
        image: White is changed, black is kept, grey is mixed.
        channel: What counts as white: brightness, or one colour. (one of \"luma\", \"red\", \"green\", \"blue\")
    """

    def __init__(
        self,
        *,
        image: Link[Image] | Input[Image],
        channel: Literal["luma", "red", "green", "blue"] | Input[str] = "luma",
        id: str | None = None,
        note: str = "",
    ) -> None: ...
    @property
    def mask(self) -> Link[Mask]:
        """Mask of the picture's size."""

class MaskGrow(Node):
    """Make the masked part larger or smaller.

    Args:
        mask: Any mask; soft edges stay soft.
        pixels: How far the edge moves outwards; negative: inwards. (-1024 to 1024, px)
    """

    def __init__(
        self,
        *,
        mask: Link[Mask] | Input[Mask],
        pixels: int | Input[int] = 8,
        id: str | None = None,
        note: str = "",
    ) -> None: ...
    @property
    def mask(self) -> Link[Mask]:
        """Mask of the same size."""

class MaskInvert(Node):
    """Exchange the changed and the kept part of a picture.

    Args:
        mask: Any mask.
    """

    def __init__(
        self,
        *,
        mask: Link[Mask] | Input[Mask],
        id: str | None = None,
        note: str = "",
    ) -> None: ...
    @property
    def mask(self) -> Link[Mask]:
        """1 - mask."""

class MaskToImage(Node):
    """Show a mask as a grey picture.

    Args:
        mask: Any mask.
    """

    def __init__(
        self,
        *,
        mask: Link[Mask] | Input[Mask],
        id: str | None = None,
        note: str = "",
    ) -> None: ...
    @property
    def image(self) -> Link[Image]:
        """White where the mask is 1, black where it is 0."""

class PadImage(Node):
    """Add a border to a picture, and make the mask to paint it.

    Args:
        image: RGB picture.
        mask: What else shall be changed; joined with the border.
        left: Border on the left. (0 to 8192, px)
        top: Border at the top. (0 to 8192, px)
        right: Border on the right. (0 to 8192, px)
        bottom: Border at the bottom. (0 to 8192, px)
        fill: What the border shows: the `edge` pixels repeated, the picture `mirror`ed, or `grey`. (one of \"edge\", \"mirror\", \"grey\")
        feather: How far the mask reaches into the picture, falling off. (0 to 8192, px)
    """

    def __init__(
        self,
        *,
        image: Link[Image] | Input[Image],
        mask: Link[Mask] | Input[Mask] | None = None,
        left: int | Input[int] = 0,
        top: int | Input[int] = 0,
        right: int | Input[int] = 0,
        bottom: int | Input[int] = 0,
        fill: Literal["edge", "mirror", "grey"] | Input[str] = "edge",
        feather: int | Input[int] = 0,
        id: str | None = None,
        note: str = "",
    ) -> None: ...
    @property
    def image(self) -> Link[Image]:
        """Picture with its border."""
    @property
    def mask(self) -> Link[Mask]:
        """1 on the border, 0 on the picture."""

class PictureGrid(Node):
    """Lay pictures out on one sheet, with labels.

    Args:
        images: The pictures, all of one size; batches are taken apart.
        columns: Pictures in a row; 0: about as many as there are rows. (0 to 1000)
        labels: A line of text for each picture, above it; without labels no room is left for them.
        gap: Room between pictures. (0 to 1024, px)
        label_height: Height of a label. (8 to 256, px)
    """

    def __init__(
        self,
        *,
        images: Sequence[Link[Image] | Input[Image]] = (),
        columns: int | Input[int] = 0,
        labels: str | Input[str] = "",
        gap: int | Input[int] = 4,
        label_height: int | Input[int] = 24,
        id: str | None = None,
        note: str = "",
    ) -> None: ...
    @property
    def image(self) -> Link[Image]:
        """The sheet, white where there is no picture."""

class PictureSizeCondition(Node):
    """Tells an SDXL model the size and crop of the picture that it imitates.

    Args:
        conditioning: From TextEncode.
        original_width: Width of the training picture before it was scaled; small values look blurred. (1 to 1048576, px)
        original_height: Its height. (1 to 1048576, px)
        crop_left: What was cut off at its left; 0 keeps things in the middle of the picture. (0 to 1048576, px)
        crop_top: What was cut off at its top. (0 to 1048576, px)
        target_width: Width after scaling and cropping. (1 to 1048576, px)
        target_height: Height after scaling and cropping. (1 to 1048576, px)
        aesthetic_score: Of the refiner: how good the picture looks. By default 6 on the positive side, 2.5 on the negative side. (0 to 10)
    """

    def __init__(
        self,
        *,
        conditioning: Link[Conditioning] | Input[Conditioning],
        original_width: int | Input[int] = 1024,
        original_height: int | Input[int] = 1024,
        crop_left: int | Input[int] = 0,
        crop_top: int | Input[int] = 0,
        target_width: int | Input[int] = 1024,
        target_height: int | Input[int] = 1024,
        aesthetic_score: float | Input[float] | None = None,
        id: str | None = None,
        note: str = "",
    ) -> None: ...
    @property
    def conditioning(self) -> Link[Conditioning]:
        """With the sizes."""

class ResizeImage(Node):
    """Give a picture another size.

    Args:
        image: RGB picture.
        mask: Resized in the same way.
        width: New width. (1 to 16384, px)
        height: New height. (1 to 16384, px)
        mode: When the proportions differ: `stretch` the picture, `crop` what sticks out, or `fill` the borders with its edge pixels. (one of \"stretch\", \"crop\", \"fill\")
        method: How pixels in between are made. (one of \"nearest\", \"bilinear\", \"bicubic\", \"area\", \"lanczos\")
    """

    def __init__(
        self,
        *,
        image: Link[Image] | Input[Image],
        mask: Link[Mask] | Input[Mask] | None = None,
        width: int | Input[int] = 512,
        height: int | Input[int] = 512,
        mode: Literal["stretch", "crop", "fill"] | Input[str] = "crop",
        method: Literal["nearest", "bilinear", "bicubic", "area", "lanczos"] | Input[str] = "lanczos",
        id: str | None = None,
        note: str = "",
    ) -> None: ...
    @property
    def image(self) -> Link[Image]:
        """Picture of the new size."""
    @property
    def mask(self) -> Link[Mask]:
        """Mask of the new size; 0 everywhere without one."""

class Sample(Node):
    """Turn noise into a latent picture that follows the conditioning.

    Args:
        model: The denoising network.
        positive: What the picture shall show.
        negative: What it shall not show; often the empty text. Without it there is no guidance and cfg_scale has no effect.
        noise: Start noise; its size is the size of the result.
        latent: Picture to start from; pure noise when absent.
        mask: Where to change the latent: 1 is changed, 0 is kept. As large as the picture, or as the latent; resized bilinearly.
        sampler: The stepping algorithm. (one of \"euler\", \"euler_ancestral\", \"heun\", \"dpmpp_2m\", \"dpmpp_2m_sde\", \"lms\", \"ddim\")
        scheduler: How the noise levels of the steps are spaced. (one of \"normal\", \"karras\", \"exponential\", \"simple\", \"sgm_uniform\", \"ddim_uniform\")
        steps: Number of steps that are run. (1 to 10000, steps)
        start_step: Continue a run at this step: `latent` is then the noisy one that another Sample left at its end_step. (0 to 10000, steps)
        end_step: Stop before this step and give the noisy latent for another Sample to finish. Unset: run to the end. (1 to 10000, steps)
        cfg_scale: Strength of classifier-free guidance; 1 turns it off and halves the work. (0 to 1000)
        image_cfg_scale: For models that edit a picture: how closely to keep to the picture, 1.5 in the paper. Unset: the picture is taken as it is. (0 to 1000)
        denoise: Share of the schedule to use: 1 starts from pure noise, lower values keep more of the latent, 0 returns it. (0 to 1)
        denoise_mode: What denoise below 1 means. `stretch` runs all steps, the last ones of a schedule of int(steps / denoise), as ComfyUI does. `truncate` runs the last int(steps * denoise) of the schedule, as the strength of diffusers and of the CompVis scripts does. `a1111` runs the last int(steps * min(denoise, 0.999)) + 1. (one of \"stretch\", \"truncate\", \"a1111\")
        eta: Share of fresh noise: 1 by default, 0 in ddim. Used by \"euler_ancestral\", \"dpmpp_2m_sde\" and \"ddim\". (0 to 1000)
        s_noise: Factor of fresh noise, 1 by default. Used by \"euler\", \"euler_ancestral\", \"heun\" and \"dpmpp_2m_sde\". (0 to 1000)
        s_churn: Noise added back over the whole run, 0 by default. Used by \"euler\" and \"heun\". (0 to 1000)
        s_tmin: Lowest noise level that s_churn acts on, 0 by default. Used by \"euler\" and \"heun\". (0 to 1000000)
        s_tmax: Highest noise level that s_churn acts on, unlimited by default. Used by \"euler\" and \"heun\". (0 to 1000000)
        solver_type: Second-order rule, midpoint by default. Used by \"dpmpp_2m_sde\". (one of \"midpoint\", \"heun\")
        tile: Each step evaluates the model on overlapping tiles of at most this side of the latent and blends them, so that large pictures need no more memory than a tile. 0: in one piece. A latent pixel is 8 px of the picture, 4 px with the x4 upscaler. (0 to 8192, multiple of 8)
    """

    def __init__(
        self,
        *,
        model: Link[Denoiser] | Input[Denoiser],
        positive: Link[Conditioning] | Input[Conditioning],
        negative: Link[Conditioning] | Input[Conditioning] | None = None,
        noise: Link[Noise] | Input[Noise],
        latent: Link[Latent] | Input[Latent] | None = None,
        mask: Link[Mask] | Input[Mask] | None = None,
        sampler: Literal["euler", "euler_ancestral", "heun", "dpmpp_2m", "dpmpp_2m_sde", "lms", "ddim"] | Input[str] = "euler",
        scheduler: Literal["normal", "karras", "exponential", "simple", "sgm_uniform", "ddim_uniform"] | Input[str] = "normal",
        steps: int | Input[int] = 20,
        start_step: int | Input[int] = 0,
        end_step: int | Input[int] | None = None,
        cfg_scale: float | Input[float] = 7,
        image_cfg_scale: float | Input[float] | None = None,
        denoise: float | Input[float] = 1,
        denoise_mode: Literal["stretch", "truncate", "a1111"] | Input[str] = "stretch",
        eta: float | Input[float] | None = None,
        s_noise: float | Input[float] | None = None,
        s_churn: float | Input[float] | None = None,
        s_tmin: float | Input[float] | None = None,
        s_tmax: float | Input[float] | None = None,
        solver_type: Literal["midpoint", "heun"] | Input[str] | None = None,
        tile: int | Input[int] = 0,
        id: str | None = None,
        note: str = "",
    ) -> None: ...
    @property
    def latent(self) -> Link[Latent]:
        """The finished latent, of the noise's shape."""

class SaveDepth(Node):
    """Write depth to grey PNG files with 16 bits.

    Args:
        depth: Relative inverse depth, 0..1.
        path: File to write. `{index}` stands for the number of the map in its batch, from 0.
    """

    def __init__(
        self,
        *,
        depth: Link[DepthMap] | Input[DepthMap],
        path: str | Input[str],
        id: str | None = None,
        note: str = "",
    ) -> None: ...

class SaveImage(Node):
    """Write pictures to files.

    Args:
        image: Pictures, RGB, values 0..1; values outside are clamped.
        path: File to write. `{index}` stands for the number of the picture in its batch, from 0.
        format: `auto` goes by the ending of path; another choice adds the ending if there is none. (one of \"auto\", \"png\", \"jpeg\", \"webp\")
        quality: Of JPEG and WebP; higher is larger and closer. (1 to 100)
    """

    def __init__(
        self,
        *,
        image: Link[Image] | Input[Image],
        path: str | Input[str],
        format: Literal["auto", "png", "jpeg", "webp"] | Input[str] = "auto",
        quality: int | Input[int] = 95,
        id: str | None = None,
        note: str = "",
    ) -> None: ...

class SaveTensor(Node):
    """Write a value, such as a latent, to a file.

    Args:
        value: A value of any type but models.
        path: File to write, ending in .safetensors.
    """

    def __init__(
        self,
        *,
        value: Link[Any] | Input[Any],
        path: str | Input[str],
        id: str | None = None,
        note: str = "",
    ) -> None: ...

class SeamlessModel(Node):
    """Make pictures whose opposite edges fit each other, for textures.

    Args:
        model: The denoising network.
        axis: Which edges shall fit each other: x is left and right, y is top and bottom. (one of \"both\", \"x\", \"y\")
    """

    def __init__(
        self,
        *,
        model: Link[Denoiser] | Input[Denoiser],
        axis: Literal["both", "x", "y"] | Input[str] = "both",
        id: str | None = None,
        note: str = "",
    ) -> None: ...
    @property
    def model(self) -> Link[Denoiser]:
        """The same network; use SeamlessVAE with it."""

class SeamlessVAE(Node):
    """Encode and decode pictures whose opposite edges fit each other.

    Args:
        vae: The autoencoder.
        axis: Which edges shall fit each other: x is left and right, y is top and bottom. (one of \"both\", \"x\", \"y\")
    """

    def __init__(
        self,
        *,
        vae: Link[Autoencoder] | Input[Autoencoder],
        axis: Literal["both", "x", "y"] | Input[str] = "both",
        id: str | None = None,
        note: str = "",
    ) -> None: ...
    @property
    def vae(self) -> Link[Autoencoder]:
        """The same autoencoder."""

class TextEncode(Node):
    """Encodes a prompt as the conditioning that Sample takes.

    Args:
        text_encoder: From LoadCheckpoint.
        text: The prompt. Empty text is a real conditioning, not none.
        clip_skip: Layers left out from the end beyond those that the model leaves out anyway, 0 = none (web UIs count from 1: their 2 is 1 here). (0 to 63, layers)
        weighting: Whose bracket rules are followed: a1111, comfyui, or none: brackets are text. (one of \"a1111\", \"comfyui\", \"none\")
        empty_text: What empty text becomes: encoded like any other, zeros, or auto: zeros for SDXL base (meant for the negative side), encoded for other models. (one of \"auto\", \"encoded\", \"zeros\")
    """

    def __init__(
        self,
        *,
        text_encoder: Link[TextEncoder] | Input[TextEncoder],
        text: str | Input[str] = "",
        clip_skip: int | Input[int] = 0,
        weighting: Literal["a1111", "comfyui", "none"] | Input[str] = "a1111",
        empty_text: Literal["auto", "encoded", "zeros"] | Input[str] = "auto",
        id: str | None = None,
        note: str = "",
    ) -> None: ...
    @property
    def conditioning(self) -> Link[Conditioning]:
        """77 vectors for each 75 tokens of the prompt."""

class Upscale(Node):
    """Give pictures another size, by a network or by a filter.

    Args:
        image: RGB pictures, values 0..1.
        upscaler: Network to enlarge with, applied until the size is reached, three times at most; the filter alone when absent.
        scale: Factor for both sides, rounded to whole pixels; 2 when no size is given. (0.001 to 1024)
        width: New width; follows height when only that is given. (1 to 1048576, px)
        height: New height; follows width when only that is given. (1 to 1048576, px)
        method: Filter: widened when the picture shrinks, so that nothing aliases. With an upscaler it makes the exact size from what the network made. (one of \"nearest\", \"bilinear\", \"bicubic\", \"area\", \"lanczos\")
    """

    def __init__(
        self,
        *,
        image: Link[Image] | Input[Image],
        upscaler: Link[Upscaler] | Input[Upscaler] | None = None,
        scale: float | Input[float] | None = None,
        width: int | Input[int] | None = None,
        height: int | Input[int] | None = None,
        method: Literal["nearest", "bilinear", "bicubic", "area", "lanczos"] | Input[str] = "lanczos",
        id: str | None = None,
        note: str = "",
    ) -> None: ...
    @property
    def image(self) -> Link[Image]:
        """The pictures in their new size, values 0..1."""

class VAEDecode(Node):
    """Turn a latent into a picture.

    Args:
        vae: The autoencoder that belongs to the model.
        latent: Latent in model space.
        tile: Side of the squares that are decoded one by one, overlapping by a quarter. 0: the whole picture at once where the memory suffices, else squares of 512. (0 to 16384, multiple of 8, px)
    """

    def __init__(
        self,
        *,
        vae: Link[Autoencoder] | Input[Autoencoder],
        latent: Link[Latent] | Input[Latent],
        tile: int | Input[int] = 0,
        id: str | None = None,
        note: str = "",
    ) -> None: ...
    @property
    def image(self) -> Link[Image]:
        """RGB picture, values 0..1."""

class VAEEncode(Node):
    """Turn a picture into a latent.

    Args:
        vae: The autoencoder that belongs to the model.
        image: RGB picture; width and height must be multiples of 8.
        seed: Draws the latent from the encoder's distribution, as the reference programs do; without it the mean is taken. The next pictures of a batch use seed + 1, + 2, ...
        tile: Side of the squares that are encoded one by one, overlapping by a quarter. 0: the whole picture at once where the memory suffices, else squares of 512. (0 to 16384, multiple of 8, px)
    """

    def __init__(
        self,
        *,
        vae: Link[Autoencoder] | Input[Autoencoder],
        image: Link[Image] | Input[Image],
        seed: int | Input[int] | None = None,
        tile: int | Input[int] = 0,
        id: str | None = None,
        note: str = "",
    ) -> None: ...
    @property
    def latent(self) -> Link[Latent]:
        """Latent in model space, an eighth of the size."""

class example_ExtractPalette(Node):
    """Finds the colours that stand best for those of a picture.

    Args:
        image: Pictures; a batch gives one palette for all of them.
        colours: How many; fewer come out of a picture that has fewer different ones. (2 to 256)
        method: `median_cut` is fast; `k_means` begins with it and lowers the error until it stays. (one of \"median_cut\", \"k_means\")
        space: Where colours are compared and averaged: `srgb`, `linear_rgb` (as light mixes), `oklab` (as people see differences). (one of \"srgb\", \"linear_rgb\", \"oklab\")
    """

    def __init__(
        self,
        *,
        image: Link[Image] | Input[Image],
        colours: int | Input[int] = 16,
        method: Literal["median_cut", "k_means"] | Input[str] = "k_means",
        space: Literal["srgb", "linear_rgb", "oklab"] | Input[str] = "srgb",
        id: str | None = None,
        note: str = "",
    ) -> None: ...
    @property
    def palette(self) -> Link[example_Palette]:
        """The colours, the most frequent one first."""

class example_Invert(Node):
    """Inverts the colours of a picture.

    Args:
        image: The picture.
        mask: Where to invert; everywhere when absent.
        amount: 0 keeps the picture, 1 inverts it. (0 to 1)
    """

    def __init__(
        self,
        *,
        image: Link[Image] | Input[Image],
        mask: Link[Mask] | Input[Mask] | None = None,
        amount: float | Input[float] = 1,
        id: str | None = None,
        note: str = "",
    ) -> None: ...
    @property
    def image(self) -> Link[Image]:
        """The inverted picture, same size."""

class example_LoadPalette(Node):
    """Reads a palette file.

    Args:
        path: GIMP palette (.gpl), or a list of rrggbb (.hex).
    """

    def __init__(
        self,
        *,
        path: str | PathLike[str] | Input[str],
        id: str | None = None,
        note: str = "",
    ) -> None: ...
    @property
    def palette(self) -> Link[example_Palette]:
        """The colours in the order of the file."""

class example_QRCode(Node):
    """Draws a text as a QR code.

    Args:
        text: What the code says, such as an address; up to 2953 bytes.
        error_correction: Share of the code that may be unreadable: about 7, 15, 25 or 30 %. `high` leaves a diffusion model the most freedom. (one of \"low\", \"medium\", \"quartile\", \"high\")
        width: Width and height of the picture. (32 to 8192, multiple of 8, px)
        border: Light border; readers expect 4 or more. (0 to 64, modules)
        mask: Pattern that evens out dark and light, 0 to 7; the most readable one when absent. (0 to 7)
        dark: Colour of the modules, `#rrggbb`.
        light: Colour of the ground, `#rrggbb`.
    """

    def __init__(
        self,
        *,
        text: str | Input[str],
        error_correction: Literal["low", "medium", "quartile", "high"] | Input[str] = "medium",
        width: int | Input[int] = 512,
        border: int | Input[int] = 4,
        mask: int | Input[int] | None = None,
        dark: str | Input[str] = "#000000",
        light: str | Input[str] = "#ffffff",
        id: str | None = None,
        note: str = "",
    ) -> None: ...
    @property
    def image(self) -> Link[Image]:
        """The code."""
    @property
    def mask(self) -> Link[Mask]:
        """1 where a module is dark."""

class example_QuantizeImage(Node):
    """Paints a picture with the colours of a palette.

    Args:
        image: Pictures, RGB, values 0..1; values outside are clamped.
        palette: The colours to paint with.
        dither: `none` takes the nearest colour, `floyd_steinberg` passes the difference on to the pixels around, `ordered` adds an 8x8 Bayer pattern. (one of \"none\", \"floyd_steinberg\", \"ordered\")
        strength: Of the dithering: 0 is as `none`. (0 to 1)
        serpentine: `floyd_steinberg` only: every other row goes from right to left.
        space: Where colours are compared and differences passed on: `srgb`, `linear_rgb` (brightness stays right), `oklab` (as people see differences). (one of \"srgb\", \"linear_rgb\", \"oklab\")
    """

    def __init__(
        self,
        *,
        image: Link[Image] | Input[Image],
        palette: Link[example_Palette] | Input[example_Palette],
        dither: Literal["none", "floyd_steinberg", "ordered"] | Input[str] = "floyd_steinberg",
        strength: float | Input[float] = 1,
        serpentine: bool | Input[bool] = True,
        space: Literal["srgb", "linear_rgb", "oklab"] | Input[str] = "srgb",
        id: str | None = None,
        note: str = "",
    ) -> None: ...
    @property
    def image(self) -> Link[Image]:
        """The picture in the colours of the palette, same size."""

class example_SavePalette(Node):
    """Writes a palette file.

    Args:
        palette: The colours; each channel is rounded to 8 bits.
        path: File to write: a GIMP palette (.gpl), or a list of rrggbb (.hex).
    """

    def __init__(
        self,
        *,
        palette: Link[example_Palette] | Input[example_Palette],
        path: str | Input[str],
        id: str | None = None,
        note: str = "",
    ) -> None: ...
