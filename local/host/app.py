"""An app's folder, imported as the real worker imports it."""

import importlib
import sys
from pathlib import Path
from typing import Any

from azure.functions import FunctionRegister

from local.host.functions import Function
from local.host.indexing import index
from local.host.refusals import Refused

_SCRIPT = "function_app"
_MISSING_MODULE = (
    "Cannot find module. Please check the requirements.txt file for the "
    "missing module. For more info, please refer the troubleshooting guide: "
    "https://aka.ms/functions-modulenotfound. Current sys.path: "
)


def load(folder: Path) -> tuple[Function, ...]:
    """The functions of folder/function_app.py; raises Refused with the reason the real worker would report."""
    if not (folder / f"{_SCRIPT}.py").is_file():
        raise Refused(f"{folder} holds no {_SCRIPT}.py")
    sys.path.insert(0, str(folder))
    try:
        return tuple(index(declared) for declared in _declared())
    except ImportError as error:
        reason = f"{str(error.msg or error).rstrip('.')}. {_MISSING_MODULE}{' '.join(sys.path)}".rstrip()
        raise Refused(f"{type(error).__name__}: {reason}") from error
    except Exception as error:  # whatever the app's own code raises while it is imported is the reason
        raise Refused(f"{type(error).__name__}: {error}") from error


def _declared() -> list[Any]:
    module = importlib.import_module(_SCRIPT)
    apps = [found for found in vars(module).values() if isinstance(found, FunctionRegister)]
    if len(apps) > 1:
        raise ValueError(
            f"More than one {type(apps[0]).__name__} or other top level function app instances are defined."
        )
    if not apps:
        raise ValueError(f"Could not find top level function app instances in {_SCRIPT}.py.")
    # Once only: the library refuses the same names when it is asked a second time.
    declared: list[Any] = apps[0].get_functions()
    return declared
