"""A citizen in a browser without scripts: registers, is asked by an application, agrees, and takes it back."""

import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from citizen import BORN, ISSUED, NAME, NUMBER, PASSWORD, Application
from playwright.sync_api import expect


class Callback(BaseHTTPRequestHandler):
    """Where the citizen comes back to."""

    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<h1>Back</h1>")

    def log_message(self, *_):
        pass


@contextmanager
def website():
    server = HTTPServer(("127.0.0.1", 0), Callback)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def page(chromium, dancu):
    context = chromium.new_context(
        base_url=dancu.url, java_script_enabled=False, viewport={"width": 360, "height": 800}, locale="vi-VN"
    )
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def press(page, name):
    page.get_by_role("main").get_by_role("button", name=name, exact=True).click()


@pytest.mark.parametrize("width", [360, 1280])
def test_a_scanned_card_fills_the_form_and_a_wrong_one_says_nothing(chromium, dancu, barriers, width):
    context = chromium.new_context(base_url=dancu.url, viewport={"width": width, "height": 800}, locale="vi-VN")
    page = context.new_page()

    def well():
        assert barriers(page) == []
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0

    page.goto("/citizen/register")
    well()
    card = page.get_by_label("Ngày cấp thẻ căn cước")
    # A scanner types what the code says, and a line break.
    card.press_sequentially("056080000003|220000012|Trần Văn Đức|12031980|Nam|12 Nguyễn Thiện Thuật|29042021")
    card.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("thư điện tử")
    expect(page.get_by_label("Số định danh cá nhân")).to_have_value(NUMBER)
    expect(page.get_by_label("Họ, chữ đệm và tên")).to_have_value(NAME)
    expect(page.get_by_label("Ngày sinh")).to_have_value(BORN)
    expect(page.get_by_label("Ngày cấp thẻ căn cước")).to_have_value("29/04/2021")
    well()
    page.get_by_label("Thư điện tử hoặc số điện thoại").fill("duc@example.vn")
    press(page, "Gửi mã")
    expect(page.get_by_role("alert")).to_contain_text("không khớp với cơ sở dữ liệu dân cư, thẻ đã hết hạn")
    well()
    assert not list((dancu.folder / "outbox").glob("*.txt"))
    page.get_by_label("Ngày cấp thẻ căn cước").fill("hôm qua")
    press(page, "Gửi mã")
    expect(page.get_by_role("alert")).to_contain_text("Ngày phải có dạng")
    well()
    context.close()


def test_a_citizen_registers_agrees_and_takes_it_back(page, dancu, chromium, barriers, tmp_path):
    def usable(at):
        # axe needs scripts: it looks at the same page in a browser that has them.
        context = chromium.new_context(base_url=dancu.url, viewport={"width": 360, "height": 800}, locale="vi-VN")
        context.add_cookies(page.context.cookies())
        other = context.new_page()
        other.goto(at)
        assert barriers(other) == []
        assert other.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
        context.close()

    page.goto("/citizen/register")
    usable("/citizen/register")
    page.get_by_label("Số định danh cá nhân").fill(NUMBER)
    page.get_by_label("Họ, chữ đệm và tên").fill(NAME)
    page.get_by_label("Ngày sinh").fill(BORN)
    page.get_by_label("Ngày cấp thẻ căn cước").fill(ISSUED)
    page.get_by_label("Thư điện tử hoặc số điện thoại").fill("duc@example.vn")
    press(page, "Gửi mã")
    message = max((dancu.folder / "outbox").glob("*.txt")).read_text("utf-8")
    page.get_by_label("Mã gồm 6 chữ số").fill(re.search(r"\b(\d{6})\b", message).group(1))
    page.get_by_label("Mật khẩu mới").fill(PASSWORD)
    press(page, "Tạo tài khoản")
    page.wait_for_url("**/citizen/sign-in?new=yes")

    with website() as site:
        back = f"{site}/back"
        Application(tmp_path, "thu-vien", "EC", profile="basic", redirect_uris=[back]).register(dancu, tmp_path)
        asked = {
            "client_id": "thu-vien",
            "response_type": "code",
            "redirect_uri": back,
            "scope": "openid profile",
            "state": "s",
            "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
            "code_challenge_method": "S256",
        }
        page.goto(f"/oidc/authorize?{urlencode(asked)}")
        page.get_by_label("Số định danh cá nhân").fill(NUMBER)
        page.get_by_label("Mật khẩu").fill(PASSWORD)
        press(page, "Đăng nhập")
        expect(page.get_by_role("heading", level=1)).to_have_text("Ứng dụng thu-vien xin thông tin của bạn")
        expect(page.get_by_label("Họ tên, ngày sinh, giới tính")).to_be_checked()
        usable(page.url)
        press(page, "Đồng ý")
        page.wait_for_url(f"{back}?**")
        answer = parse_qs(urlsplit(page.url).query)
        assert (answer["state"], answer["iss"], "code" in answer) == (["s"], [dancu.url], True)

    page.goto("/citizen")
    usable("/citizen")
    expect(page.get_by_role("main")).to_contain_text("Ứng dụng thu-vien")
    press(page, "Thu hồi")
    expect(page.get_by_role("main")).not_to_contain_text("Ứng dụng thu-vien")
    for at in ["/citizen/device", "/citizen/requests", "/citizen/who-looked"]:
        page.goto(at)
        usable(at)
