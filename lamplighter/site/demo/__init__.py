"""Harbor Light & Water: a made-up utility to try Lamplighter on, its tariffs and some homes."""
