# SPDX-License-Identifier: MIT
"""The extension module; all else stands in pyproject.toml. It is linked with an installed libutracefs (pkg-config)."""

import shlex
import subprocess

from setuptools import Extension, setup


def pkg_config(option):
    """What pkg-config says of utracefs, as words."""
    return shlex.split(subprocess.check_output(["pkg-config", option, "utracefs"], text=True))


setup(
    ext_modules=[
        Extension(
            "utracefs._event",
            ["src/event.c", "src/module.c", "src/values.c"],
            depends=["src/binding.h"],
            extra_compile_args=["-std=gnu17", *pkg_config("--cflags")],
            extra_link_args=pkg_config("--libs"),
            py_limited_api=True,
        )
    ],
    options={"bdist_wheel": {"py_limited_api": "cp311"}},
)
