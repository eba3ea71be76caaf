"""LPIPS beside its own package, on its own weights of the channels."""

import pytest

from tests.random_networks import lpips_backbone
from tfragan import metrics

torch = pytest.importorskip("torch")
package = pytest.importorskip("lpips")


@pytest.mark.parametrize(
    ("network", "short"), [("alexnet", "alex"), ("vgg16", "vgg")]
)
def test_distances_are_those_of_the_package(
    network, short, real, generated, montage, tmp_path, assert_close
):
    tensors = {
        name: torch.tensor(array)
        for name, array in lpips_backbone(network).items()
    }
    path = tmp_path / f"{network}.pth"
    torch.save(tensors, path)
    theirs = package.LPIPS(net=short, pnet_rand=True, verbose=False)
    renamed = {
        name: tensors[f"features.{name.split('.', 1)[1]}"]
        for name in theirs.net.state_dict()
    }
    theirs.net.load_state_dict(renamed)
    ours = metrics.lpips(network, path)
    mirrored = montage[:, :, ::-1]
    for first, second in ((real[:16], generated[:16]), (montage, mirrored)):
        with torch.no_grad():
            expected = theirs(
                *(
                    torch.tensor(each.copy()).permute(0, 3, 1, 2) / 127.5 - 1.0
                    for each in (first, second)
                )
            )
        assert_close(
            f"LPIPS of {network}",
            "lpips",
            ours(first, second),
            expected.flatten(),
            1e-4,
        )
