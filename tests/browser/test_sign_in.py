"""Signing in, on pages that anybody can use: without scripts, by keyboard, on a telephone, in either language."""

import pytest
from playwright.sync_api import expect


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("path", ["/", "/sign-in", "/confirmations", "/problems", "/problems/forbidden"])
def test_public_pages_have_no_barriers(open_browser, barriers, path, width):
    page = open_browser(width=width)
    assert page.goto(path).status == 200
    assert barriers(page) == []
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0, "nobody has to scroll sideways"


def test_a_clerk_signs_in_by_keyboard_without_scripts_and_out_again(open_browser, dancu):
    page = open_browser(scripts=False)
    page.goto("/sign-in?next=/account")
    page.get_by_label("Tên tài khoản").focus()
    page.keyboard.type("motcua")
    page.keyboard.press("Tab")
    page.keyboard.type(dancu.said(r"motcua\s+(\S+)").group(1))
    page.keyboard.press("Enter")
    page.wait_for_url(f"{dancu.url}/account")
    assert "Trần Văn Một Cửa" in page.inner_text("main")
    page.get_by_role("banner").get_by_role("button", name="Đăng xuất").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Đăng nhập")
    page.goto("/account")
    assert "/sign-in" in page.url


def test_a_wrong_password_is_refused_in_the_reader_s_language(open_browser, barriers):
    page = open_browser(language="en-GB")
    page.goto("/sign-in")
    page.get_by_label("Account name").fill("motcua")
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "en"
    assert "not the password" not in page.content()
    assert barriers(page) == []
