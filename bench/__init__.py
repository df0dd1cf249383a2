"""
Every figure of the README, beside its peer: `make bench`.

The machine is shared and noisy, so nothing is compared with a number of another day. Contenders run
in turn, each in a process of its own on one core, on the same data; of several rounds the best one
counts, in CPU time; what is stated is the ratio.
"""
