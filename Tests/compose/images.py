"""What the images of our services weigh above the Debian that they stand on."""

from stack import docker

BASE = "debian:bookworm-slim"


def layers(image):
    """(what made it, bytes) of each layer that holds something; the same layer of two images is equal."""
    form = "{{.CreatedAt}} {{.CreatedBy}}\t{{.Size}}"
    lines = docker("history", "--no-trunc", "--human=false", "--format", form, image).splitlines()
    found = [line.rsplit("\t", 1) for line in lines]
    return [(made, int(size)) for made, size in found if size != "0"]


def table(images):
    """Megabytes above the base: image → its own, and all together, a layer that several share counted once."""
    base = set(layers(BASE))
    above = {image: set(layers(image)) - base for image in images}
    assert base and all(len(set(layers(image))) - len(found) == len(base) for image, found in above.items()), "not on " + BASE
    together = set().union(*above.values())
    return {image: megabytes(found) for image, found in above.items()}, megabytes(together)


def megabytes(found):
    return sum(size for _, size in found) / 1e6
