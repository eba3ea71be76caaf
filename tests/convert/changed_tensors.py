"""Damages of published files, as functions that change dicts of tensors."""

import numpy as np

TENSOR = np.ones((2, 3), "float32")


def replace(network, name, value=TENSOR):
    def change(networks):
        networks[network][name] = value

    return change


def remove(network, start):
    def change(networks):
        for name in list(networks[network]):
            if name.startswith(start):
                del networks[network][name]

    return change


def widen(network, name, axis):
    def change(networks):
        array = networks[network][name]
        networks[network][name] = np.repeat(array, 2, axis)

    return change


def without(network):
    return lambda networks: networks.pop(network)


def exchange(one, other):
    def change(networks):
        networks[one], networks[other] = networks[other], networks[one]

    return change
