"""Values in and out: tensors, arrays, pictures; memory is shared."""

import copy
import pickle
from typing import Annotated

import numpy
import PIL.Image
import pytest
import torch

from built_package import engine  # noqa: F401

import calotype
from node_graphs import image_graph

NO_GPU = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")


@pytest.fixture(params=["cpu", pytest.param("cuda", marks=NO_GPU)])
def device(request):
    return request.param


@pytest.fixture
def picture():
    return torch.rand(2, 3, 8, 16, generator=torch.Generator().manual_seed(1))


def test_tensor_goes_in_and_out_without_a_copy(engine, picture, device):
    picture = picture.to(device)
    value = engine.value("Image", picture)
    assert value.tensor().data_ptr() == picture.data_ptr()
    assert value.tensor().device == picture.device
    assert torch.from_dlpack(value).data_ptr() == picture.data_ptr()
    assert value.__dlpack_device__() == picture.__dlpack_device__()


@pytest.mark.skipif(not torch.cuda.is_available() or torch.cuda.device_count() < 2, reason="there are no two GPUs")
def test_tensor_of_another_device_than_the_current_one_goes_out(engine, picture):
    picture = picture.to("cuda:1")
    value = engine.value("Image", picture)
    assert torch.from_dlpack(value).data_ptr() == picture.data_ptr()


@pytest.mark.skipif(not torch.backends.cuda.is_built(), reason="this torch has no streams")
@NO_GPU
def test_engine_and_streams_of_python_wait_for_each_other(engine):
    @engine.node("test.Twice")
    def twice(image: calotype.Image) -> calotype.Image:
        """Much work on the default stream, so that a stream which does not wait comes too early."""
        for _ in range(200):
            image = image * 1.0
        return image * 2

    graph = calotype.Graph()
    graph.output("image", twice(image=graph.input("image", type=calotype.nodes.Image))["image"])
    ones = torch.ones(1, 3, 2048, 2048, device="cuda")
    torch.cuda.synchronize()
    with torch.cuda.stream(torch.cuda.Stream()):
        picture = torch.zeros_like(ones)
        for _ in range(200):
            picture = picture * 1.0
        picture += ones
        made = engine.run(graph, {"image": picture}).image.tensor()
        assert made.eq(2).all()


def test_tensor_goes_through_a_run_without_a_copy(engine, picture, device):
    @engine.node("test.Same")
    def same(image: calotype.Image) -> calotype.Image:
        """Gives back what it got."""
        assert image.device.type == device
        return image

    picture = picture.to(device)
    graph = calotype.Graph()
    graph.output("image", same(image=graph.input("image", type=calotype.nodes.Image))["image"])
    assert engine.run(graph, {"image": picture}).image.tensor().data_ptr() == picture.data_ptr()


def test_host_memory_is_shared_with_arrays(engine, picture):
    value = engine.value("Image", picture)
    assert value.tensors()["image"].data_ptr() == picture.data_ptr()
    assert value.numpy().ctypes.data == picture.data_ptr()


@NO_GPU
def test_arrays_and_pictures_of_a_gpu_are_copies(engine, picture):
    value = engine.value("Image", picture.cuda())
    assert numpy.array_equal(value.numpy(), picture.permute(0, 2, 3, 1).numpy())
    assert value.tensors()["image"].device.type == "cpu"
    assert len(value.pils()) == len(picture)


def test_result_shares_the_memory_of_the_cache(engine):
    graph = image_graph()
    given = {"image": torch.rand(1, 3, 8, 8)}
    a, b = (engine.run(graph, given).image.tensor() for _ in range(2))
    assert a.data_ptr() == b.data_ptr()


def test_what_the_cache_holds_cannot_be_written(engine):
    graph = image_graph()
    value = engine.run(graph, {"image": torch.rand(1, 3, 8, 8)}).image
    with pytest.raises(RuntimeError) as caught:
        value.tensor().mul_(2)
    assert str(caught.value) == (
        "mul_: the tensor shares its memory with values of the engine and cannot be written to; "
        "use .clone() for one of your own"
    )
    with pytest.raises(ValueError, match="read-only"):
        value.numpy()[:] = 0
    value.tensor().clone().mul_(2)


def test_tensors_from_anywhere_cannot_be_written(engine, picture, device, tmp_path):
    """Given by the caller, made by a Python node, read from the disk."""

    @engine.node("test.Plain")
    def plain(level: float = 0.5) -> calotype.Image:
        """Grey."""
        return torch.full((1, 3, 8, 8), level, device=device)

    graph = calotype.Graph()
    graph.output("image", plain().image)
    values = [engine.run(graph).image, engine.value("Image", picture.to(device))]
    values.append(engine.value("DepthMap", {"depth": torch.rand(1, 1, 8, 8)}))
    engine.clear_cache()
    values.append(engine.run(graph).image)
    for value in values:
        before = value.tensor().clone()
        with pytest.raises(RuntimeError, match="cannot be written to"):
            value.tensor()[..., :4] = 7
        assert torch.equal(value.tensor(), before)


@pytest.mark.parametrize(
    "write",
    [
        lambda t: t.mul_(0),
        lambda t: t.__imul__(0),
        lambda t: t.__setitem__((..., 0), 7),
        lambda t: t[0].fill_(7),
        lambda t: t.view(-1)[::2].zero_(),
        lambda t: t.permute(0, 2, 3, 1)[0].zero_(),
        lambda t: t.split(1)[0].add_(1),
        lambda t: t.data.add_(1),
        lambda t: t.detach().add_(1),
        lambda t: torch.add(torch.ones_like(t), 1, out=t),
        lambda t: torch.relu_(t),
        lambda t: torch.nn.functional.relu(t, inplace=True),
        lambda t: torch.nn.Dropout(0.5, inplace=True)(t),
        lambda t: torch._foreach_add_([t], 1),
        lambda t: t.numpy().fill(7),
        lambda t: numpy.asarray(t).fill(7),
        lambda t: t[0].cpu().numpy().fill(7),
    ],
)
@pytest.mark.parametrize("mode", [torch.enable_grad, torch.no_grad, torch.inference_mode])
def test_no_way_of_writing_changes_the_value(engine, picture, write, mode):
    value = engine.value("Image", picture)
    before = picture.clone()
    with mode(), pytest.raises((RuntimeError, ValueError)):
        write(value.tensor())
    assert torch.equal(picture, before)


def test_what_is_computed_from_a_value_is_an_ordinary_tensor(engine, picture):
    tensor = engine.value("Image", picture).tensor()
    for made in (tensor + 1, tensor.clone(), 1 - tensor, torch.cat([tensor, tensor]), copy.deepcopy(tensor),
                 pickle.loads(pickle.dumps(tensor)), torch.nn.functional.relu(tensor), tensor.max(1).values):
        assert type(made) is torch.Tensor
        made.mul_(2)
    mine = torch.empty_like(tensor).copy_(tensor)
    assert torch.equal(mine.add_(tensor), picture * 2)
    assert repr(tensor) == repr(picture) and f"{tensor.sum():.1f}" == f"{picture.sum():.1f}"


def test_node_that_writes_into_its_input_fails_and_changes_nothing(engine, picture):
    @engine.node("test.InPlace")
    def in_place(image: calotype.Image) -> calotype.Image:
        """Writes into its input."""
        return image.mul_(0)

    @engine.node("test.Plain")
    def plain() -> calotype.Image:
        """Grey."""
        return torch.full((1, 3, 8, 8), 0.5)

    graph = calotype.Graph()
    given = graph.input("image", type=calotype.nodes.Image)
    made = plain().image
    graph.output("given", in_place(image=given).image)
    graph.output("made", in_place(image=made).image)
    graph.output("plain", made)
    before = picture.clone()
    for name in ("given", "made"):
        with pytest.raises(calotype.RunError, match="cannot be written to"):
            engine.run(graph, {"image": picture}, outputs=name)
    assert torch.equal(picture, before)
    assert engine.run(graph, {"image": picture}, outputs="plain").plain.tensor().eq(0.5).all()
    picture.mul_(2)  # the caller's own tensor stays one


def test_arrays_in_a_node_cannot_be_written(engine):
    writeable = []

    @engine.node("test.Array", version=1)
    def array(mask: Annotated[calotype.Value, calotype.Port("Noise")]) -> calotype.Latent:
        """Reads a value."""
        with pytest.raises(TypeError):
            mask.numpy()
        tensor = mask.tensors()["noise"]
        with pytest.raises(RuntimeError, match="cannot be written to"):
            tensor.mul_(0)
        writeable.append(True)
        return tensor.clone()

    graph = calotype.Graph()
    noise = calotype.nodes.LatentNoise(width=64, height=64)
    graph.output("latent", array(mask=noise.noise).latent)
    engine.run(graph)
    assert writeable == [True]
    value = engine.value("Mask", torch.rand(1, 1, 8, 8))
    assert not value.numpy().flags.writeable
    assert not numpy.asarray(value).flags.writeable


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("port_type", "channels"), [("Image", 3), ("Mask", 1), ("DepthMap", 1), ("Latent", 4)])
def test_arrays_go_in_as_they_come_out(engine, port_type, channels):
    tensor = torch.rand(2, channels, 8, 3)
    array = engine.value(port_type, tensor).numpy()
    last = port_type in ("Image", "Mask")
    assert array.shape == ((2, 8, 3, channels) if last else (2, channels, 8, 3))
    again = engine.value(port_type, array)
    assert torch.equal(again.tensor(), tensor)
    assert again.tensor().data_ptr() == tensor.data_ptr(), "nothing was copied"
    assert numpy.array_equal(numpy.asarray(again), array)


def test_layouts_that_do_not_fit_are_copied(engine, picture):
    strided = picture.permute(0, 1, 3, 2)
    assert torch.equal(engine.value("Image", strided).tensor(), strided)
    grad = picture.clone().requires_grad_()
    assert not engine.value("Image", grad).tensor().requires_grad


def test_numpy_pictures_have_the_channels_last(engine, picture):
    array = picture.permute(0, 2, 3, 1).numpy()
    assert torch.equal(engine.value("Image", array).tensor(), picture)
    assert torch.equal(engine.value("Image", array[0]).tensor(), picture[:1])
    bytes_ = (array * 255).round().astype(numpy.uint8)
    assert torch.equal(engine.value("Image", bytes_).tensor().mul(255).round(),
                       torch.from_numpy(bytes_).permute(0, 3, 1, 2).float())


def test_pil_pictures_go_in_and_out(engine):
    array = numpy.random.default_rng(1).integers(0, 256, (8, 16, 3), dtype=numpy.uint8)
    image = PIL.Image.fromarray(array)
    value = engine.value("Image", image)
    assert (numpy.asarray(value.pil()) == array).all()
    assert len(engine.value("Image", [image, image]).pils()) == 2
    mask = engine.value("Mask", image.convert("1"))
    assert mask.tensor().shape == (1, 1, 8, 16)
    assert mask.pil().mode == "L"


def test_pictures_in_0_to_255_are_warned_of(engine, picture):
    bytes_ = picture.mul(255)
    graph = image_graph()
    for given, channels in ((bytes_, 3), (bytes_.permute(0, 2, 3, 1).numpy(), 3), (bytes_[:, :1], 1)):
        with pytest.warns(RuntimeWarning, match="expected values from 0 to 1, got a mean of 1[0-9]{2}") as caught:
            engine.value("Image" if channels == 3 else "Mask", given)
        assert [warning.filename for warning in caught] == [__file__]
    with pytest.warns(RuntimeWarning, match="input 'image': Image: .*; divide values from 0 to 255 by 255"):
        engine.run(graph, {"image": bytes_})


@pytest.mark.filterwarnings("error")
def test_bright_pictures_are_not_warned_of(engine, picture):
    highlights = picture.clone()
    highlights[..., :1] = 20
    for given in (picture, highlights, picture.mul(255).byte().permute(0, 2, 3, 1).numpy(),
                  PIL.Image.new("RGB", (8, 8), "white"), torch.full((1, 3, 8, 8), float("nan"))):
        engine.value("Image", given)
    engine.value("Latent", torch.full((1, 4, 8, 8), 9.0))


def test_masks_from_arrays(engine):
    assert engine.value("Mask", numpy.ones((8, 16), bool)).tensor().eq(1).all()
    assert engine.value("Mask", numpy.ones((2, 8, 16), numpy.float32)).tensor().shape == (2, 1, 8, 16)


def test_values_of_several_tensors_from_a_dict(engine):
    noise = engine.run(noise_graph()).noise
    rebuilt = engine.value("Noise", noise._value)
    assert rebuilt.port_type == "Noise"
    depth = engine.value("DepthMap", {"depth": torch.rand(1, 1, 8, 8)})
    assert depth.tensor().shape == (1, 1, 8, 8)


def noise_graph():
    graph = calotype.Graph()
    graph.output("noise", calotype.nodes.LatentNoise(width=64, height=64, seed=3).noise)
    return graph


WANTED = "of at least one element on a CPU or CUDA device"


@pytest.mark.parametrize(
    ("port_type", "given", "error", "text"),
    [
        ("Image", 3, TypeError, "value: expected a Image (a Value, a tensor, a NumPy array or a PIL picture), got int"),
        ("Image", None, TypeError, "got NoneType"),
        ("Image", "a.png", TypeError, "got str"),
        ("Image", torch.rand(1, 1, 8, 8), ValueError,
         f"value: Image: expected a tensor torch.float32 [B, 3, H, W] {WANTED}, got torch.float32 [1, 1, 8, 8]"),
        ("Image", torch.rand(1, 3, 8, 8).double(), ValueError, "got torch.float64 [1, 3, 8, 8]"),
        ("Image", torch.zeros(1, 3, 8, 8, dtype=torch.uint8), ValueError, "got torch.uint8 [1, 3, 8, 8]"),
        ("Image", torch.rand(3, 8, 8), ValueError, "got torch.float32 [3, 8, 8]"),
        ("Image", torch.rand(0, 3, 8, 8), ValueError, "got torch.float32 [0, 3, 8, 8]"),
        ("Image", torch.rand(1, 3, 8, 8, device="meta"), ValueError, "on device meta"),
        ("Image", torch.rand(1, 3, 8, 8).to_sparse(), ValueError, "got torch.float32 [1, 3, 8, 8]"),
        ("Image", numpy.zeros((3, 8, 8), numpy.float32), ValueError,
         "value: Image: expected an array [B, H, W, 3] or without the batch, got [3, 8, 8]"),
        ("Mask", torch.rand(1, 3, 8, 8), ValueError, "Mask: expected a tensor torch.float32 [B, 1, H, W]"),
        ("Noise", torch.rand(1, 4, 8, 8), TypeError, "a value of type Noise is not one tensor; give a dict"),
        ("Noise", {"nose": torch.rand(1)}, calotype.FileError, "the archive has no tensor \"noise\""),
        ("Image", {"image": torch.rand(3, 8, 8)}, calotype.FileError,
         'the tensor "image" must be floating point numbers [B, 3, H, W], at least one, got F32 [3, 8, 8]'),
        ("Noise", {"noise": 3}, TypeError, "tensor 'noise': expected a torch.Tensor, got int"),
        ("Imag", {"image": torch.rand(1)}, calotype.GraphError, "no plugin has port type \"Imag\""),
        ("Denoiser", {"a": torch.rand(1)}, calotype.FileError, "values of this type cannot be saved"),
    ],
)
def test_what_does_not_fit_is_refused(engine, port_type, given, error, text):
    with pytest.raises(error) as caught:
        engine.value(port_type, given)
    assert text in str(caught.value)


def test_a_dict_of_halves_becomes_float32(engine):
    half = torch.rand(1, 3, 8, 8).half()
    value = engine.value("Image", {"image": half})
    assert value.tensor().dtype == torch.float32 and torch.equal(value.tensor(), half.float())


def test_pictures_of_a_batch_have_one_size(engine):
    with pytest.raises(ValueError, match="the pictures of a batch must have one size"):
        engine.value("Image", [PIL.Image.new("RGB", (8, 8)), PIL.Image.new("RGB", (8, 9))])


def test_models_have_no_tensors_and_no_picture(engine):
    graph = calotype.Graph.load("graphs/text_to_image.json")
    model = engine.run(graph, outputs={"model": "ckpt.model"}).model
    assert model._repr_png_() is None
    with pytest.raises(calotype.RunError, match="values of type Denoiser cannot be saved"):
        model.tensors()
    with pytest.raises(TypeError, match="a value of type Denoiser is not one tensor"):
        model.tensor()
