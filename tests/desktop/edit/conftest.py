"""Windows for tests that need the whole of one."""

from tests.desktop.window.conftest import open_app as open_app
