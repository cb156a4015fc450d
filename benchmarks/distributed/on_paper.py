"""What more workers would reach, computed from assumptions and not measured."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Link", "print_paper_model", "ring_all_reduce_seconds"]


@dataclass(frozen=True)
class Link:
    """A network between workers, as assumed for the model on paper.

    Attributes:
        name: For people.
        bytes_per_second: Of one direction, as reached and not as advertised.
        latency_seconds: Of one message.
    """

    name: str
    bytes_per_second: float
    latency_seconds: float


_LINKS = (Link("10 Gbit/s Ethernet", 1.1e9, 50e-6), Link("200 Gbit/s InfiniBand", 22e9, 5e-6))
_ON_PAPER = (8, 64, 512)


def ring_all_reduce_seconds(num_workers: int, num_bytes: float, link: Link) -> float:
    """Time of a ring all-reduce.

    2(n - 1) messages of 1/n of the bytes each (Patarasuk & Yuan 2009, section 3).
    """
    if num_workers == 1:
        return 0.0
    return (
        2
        * (num_workers - 1)
        * (num_bytes / num_workers / link.bytes_per_second + link.latency_seconds)
    )


def print_paper_model(gradient_bytes: int, step_seconds: float) -> None:
    """Weak scaling: each worker keeps its rows, all are equally fast, and input keeps up."""
    print(
        f"  on paper: {gradient_bytes / 2**20:.2f} MiB of gradients in each step,"
        f" {step_seconds * 1e3:.1f} ms of computing, no overlap"
    )
    for link in _LINKS:
        shares = [
            step_seconds / (step_seconds + ring_all_reduce_seconds(count, gradient_bytes, link))
            for count in _ON_PAPER
        ]
        told = ", ".join(
            f"{count} workers {share:.0%}" for count, share in zip(_ON_PAPER, shares, strict=True)
        )
        print(
            f"    {link.name} ({link.bytes_per_second / 1e9:g} GB/s, {link.latency_seconds * 1e6:g}"
            f" µs): {told} of linear"
        )
