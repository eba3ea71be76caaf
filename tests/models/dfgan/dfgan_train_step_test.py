import pytest

from tests.models.text_to_image.published_step import PublishedStep


@pytest.fixture(scope="module")
def step():
    """Two iterations of the published training function of 2022."""
    return PublishedStep.of_dfgan("dfgan_train_step")


class TestPublishedDFGANStep:
    @pytest.mark.golden
    def test_losses_of_dfgan_in_the_ssagan_fixtures(self, step):
        step.assert_losses(
            {
                "errD_real": "loss/real",
                "errD_mis": "loss/wrong",
                "errD_fake": "loss/fake",
                "errD_MAGP": "loss/gradient_penalty",
                "errD": "discriminator_loss",
                "errG": "generator_loss",
            }
        )

    @pytest.mark.golden
    def test_gradients_of_dfgan_in_the_ssagan_fixtures(self, step):
        step.assert_gradient_norms(["netD", "netC", "netG"])

    @pytest.mark.golden
    def test_dfgan_of_the_ssagan_fixtures_after_an_iteration(self, step):
        step.assert_weights({"netD": 1, "netC": 1, "netG": 1})

    @pytest.mark.golden
    def test_checksums_of_dfgan_in_the_ssagan_fixtures(self, step):
        step.assert_sums(["netD", "netC", "netG"])
