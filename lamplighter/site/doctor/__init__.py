"""What `lamplighter doctor` looks at: each check says what it found and what to do about it."""

from lamplighter.site.doctor.finding import Finding, Level

__all__ = ["Finding", "Level"]
