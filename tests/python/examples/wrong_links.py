"""Every marked line is a mistake that type checkers must find; no other line is."""

import calotype
from calotype import nodes as n

graph = calotype.Graph()
words = graph.input("words", "a lighthouse")
checkpoint = n.LoadCheckpoint(path="model.safetensors")
noise = n.LatentNoise(width=64)
picture = n.LoadImage(path="picture.png")
text = n.TextEncode(text_encoder=checkpoint.text_encoder, text=words)
latent = n.VAEEncode(vae=checkpoint.vae, image=picture.image)

n.VAEDecode(vae=checkpoint.vae, latent=picture.image)  # wrong
n.Upscale(image=latent.latent)  # wrong
n.TextEncode(text_encoder=checkpoint.vae, text="")  # wrong
n.TextEncode(text_encoder=checkpoint, text="")  # wrong
n.PictureGrid(images=[picture.image, picture.mask])  # wrong
n.PictureGrid(images=picture.image)  # wrong
n.LatentNoise(width="64")  # wrong
n.LatentNoise(width=words)  # wrong
n.LatentNoise(source="gpu")  # wrong
n.LatentNoise(widht=64)  # wrong
n.LoadImage()  # wrong
n.LoadImage("picture.png")  # wrong
graph.output("image", picture)  # wrong
graph.output("image", picture.picture)  # wrong
graph.relink(picture.image, 3)  # wrong
