"""Draws a graph in code, runs it and saves the picture. Arguments: checkpoint, picture to write."""

import sys

import calotype
from calotype import nodes as n


def draw(checkpoint_file: str, prompt: str, size: int) -> calotype.Graph:
    graph = calotype.Graph("A picture from a sentence.")
    text = graph.input("prompt", prompt)
    steps = graph.input("steps", 2, doc="More are finer and slower.")
    guidance = graph.input("cfg_scale", 5.0)

    checkpoint = n.LoadCheckpoint(path=checkpoint_file)
    positive = n.TextEncode(text_encoder=checkpoint.text_encoder, text=text, id="positive")
    negative = n.TextEncode(text_encoder=checkpoint.text_encoder, text="", id="negative")
    noise = n.LatentNoise(width=size, height=size, seed=7)
    sample = n.Sample(
        model=checkpoint.model,
        positive=positive.conditioning,
        negative=negative.conditioning,
        noise=noise.noise,
        sampler="dpmpp_2m",
        steps=steps,
        cfg_scale=guidance,
    )
    decode = n.VAEDecode(vae=checkpoint.vae, latent=sample.latent)
    graph.output("image", decode.image)
    return graph


def main() -> None:
    checkpoint_file, picture_file = sys.argv[1:]
    graph = draw(checkpoint_file, "a lighthouse at dusk", 64)
    graph.validate()
    with calotype.Engine() as engine:
        result = engine.run(graph, {"steps": 3})
        result["image"].save(picture_file)
        for report in result.nodes:
            print(report.id, report.status)


if __name__ == "__main__":
    main()
