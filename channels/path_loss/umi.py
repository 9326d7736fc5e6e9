"""3GPP TR 38.901 UMi: street canyons, base stations below the roofs."""

from typing import Annotated, ClassVar

from pydantic import Field
from pydantic.dataclasses import dataclass

from channels import STRICT
from channels.parts import tr38901
from channels.path_loss import Shadowing


@dataclass(frozen=True, kw_only=True, config=STRICT)
class UMi(tr38901.Outdoors):
    """Path loss, line of sight and shadowing of tables 7.4.1-1, 7.4.2-1, 7.5-6 and 7.6.3.1-2.

    From 10 m to 5 km and 0.5 to 100 GHz. Left out: walls (count them in the link budget), soft changes of
    the line of sight (section 7.6.3.4).
    """

    base_height_m: Annotated[float, Field(ge=2.0, le=150.0)]
    """Height of the base station's antenna [m]."""

    user_height_m: Annotated[float, Field(ge=1.5, le=22.5)]
    """Height of the phone [m]."""

    seen: ClassVar = tr38901.Slopes(32.4, 21.0, 9.5)
    hidden: ClassVar = tr38901.Hidden(22.4, 35.3, 21.3, 0.3)
    sight_decay_m: ClassVar = 36.0

    def shadowing(self, sight: bool) -> Shadowing:
        """Tables 7.4.1-1 and 7.5-6."""
        return Shadowing(4.0, 10.0) if sight else Shadowing(7.82, 13.0)
