"""Citizens: registering, the ways to sign in, a lost phone. Passkeys are kept by Chromium's virtual authenticator."""

import base64
import hashlib
import hmac
import re
import struct
import time

import pytest
from playwright.sync_api import expect

PASSWORD = "con gà cục tác lá chanh"
PEOPLE = {
    "Đức": ("056080000003", "Trần Văn Đức", "12/03/1980", "28/04/2021"),
    "Hòa": ("054183000004", "Nguyễn Thị Hòa", "05/08/1983", "14/07/2023"),
    "Hoà": ("056158000007", "Nguyễn Thị Hoà", "30/01/1958", "19/03/2021"),
    "Bảo": ("051205000008", "Phạm Quốc Bảo", "09/09/2005", "02/04/2021"),
    "Long": ("056075000009", "Võ Thành Long", "30/04/1975", "03/06/2021"),
}


def code_to(dancu, contact):
    """The code in the last message to a contact."""
    messages = sorted((dancu.folder / "outbox").glob("*.txt"))
    texts = [text for text in (path.read_text() for path in messages) if text.startswith(f"To: {contact}\n")]
    return re.search(r"\b(\d{6})\b", texts[-1].split("\n\n", 1)[1]).group(1)


def totp(secret):
    """RFC 6238, as an app computes it."""
    key = base64.b32decode(secret.replace(" ", "") + "=" * (-len(secret.replace(" ", "")) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def sign_in(page, who, password=PASSWORD):
    page.goto("/citizen/sign-in")
    page.get_by_label("Số định danh cá nhân").fill(PEOPLE[who][0])
    page.get_by_label("Mật khẩu").fill(password)
    page.get_by_role("main").get_by_role("button", name="Đăng nhập").click()


@pytest.fixture
def register(dancu):
    """Registers somebody of the stories and signs him in; each test has its own person."""

    def register(page, who):
        number, name, birth, issued = PEOPLE[who]
        contact = f"{hashlib.sha256(who.encode()).hexdigest()[:8]}@example.vn"
        page.goto("/citizen/register")
        page.get_by_label("Số định danh cá nhân").fill(number)
        page.get_by_label("Họ, chữ đệm và tên").fill(name)
        page.get_by_label("Ngày sinh").fill(birth)
        page.get_by_label("Ngày cấp thẻ căn cước").fill(issued)
        page.get_by_label("Thư điện tử hoặc số điện thoại").fill(contact)
        page.get_by_role("button", name="Gửi mã").click()
        page.get_by_label("Mã gồm 6 chữ số").fill(code_to(dancu, f"email:{contact}"))
        page.get_by_label("Mật khẩu mới").fill(PASSWORD)
        page.get_by_role("button", name="Tạo tài khoản").click()
        expect(page.get_by_text("Đã tạo tài khoản")).to_be_visible()
        sign_in(page, who)
        page.wait_for_url("**/citizen")
        return contact

    return register


@pytest.fixture
def at_its_name(chromium, dancu):
    """A browser at `localhost`: passkeys belong to a name, and an address of digits has none."""
    contexts, complaints = [], []

    def open_at_its_name(width=1280):
        context = chromium.new_context(
            base_url=dancu.url.replace("127.0.0.1", "localhost"),
            viewport={"width": width, "height": 900},
            locale="vi-VN",
            timezone_id="Asia/Ho_Chi_Minh",
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda m: complaints.append(m.text) if "Content Security Policy" in m.text else None)
        return page

    yield open_at_its_name
    for context in contexts:
        context.close()
    assert complaints == []


def authenticator(page):
    """A device that keeps passkeys and recognises its owner."""
    client = page.context.new_cdp_session(page)
    client.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    device = client.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]
    return client, device


def test_a_passkey_is_made_and_signs_in(at_its_name, register, barriers):
    page = at_its_name()
    register(page, "Đức")
    client, device = authenticator(page)
    page.goto("/citizen/security")
    page.get_by_role("button", name="Thêm khóa truy cập").click()
    assert barriers(page) == []
    page.get_by_label("Tên để nhận ra khóa này").fill("Điện thoại của tôi")
    page.get_by_role("button", name="Tạo khóa truy cập").click()
    expect(page.get_by_text("Đã thêm khóa truy cập.")).to_be_visible()
    kept = client.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]
    assert [key["isResidentCredential"] for key in kept] == [True]

    page.goto("/citizen/security/passkeys/new")
    page.get_by_label("Tên để nhận ra khóa này").fill("Lần nữa")
    for line in page.locator("[data-say]").all():
        expect(line).not_to_be_visible()
    page.get_by_role("button", name="Tạo khóa truy cập").click()
    expect(page.get_by_text("Thiết bị này đã có khóa truy cập")).to_be_visible()

    page.get_by_role("banner").get_by_role("button", name="Đăng xuất").click()
    page.get_by_role("link", name="Khóa truy cập").click()
    assert barriers(page) == []
    page.get_by_role("button", name="Dùng khóa truy cập").click()
    page.wait_for_url("**/citizen")
    page.goto("/citizen/security")
    table = page.get_by_role("table", name="Các lần đăng nhập gần đây")
    expect(table.get_by_role("row").nth(1)).to_contain_text("Khóa truy cập")

    # Without its passkey the device can only say so.
    client.send("WebAuthn.clearCredentials", {"authenticatorId": device})
    page.get_by_role("banner").get_by_role("button", name="Đăng xuất").click()
    page.goto("/citizen/sign-in/passkey")
    expect(page.get_by_text("Chưa nhận được khóa truy cập")).not_to_be_visible()
    page.get_by_role("button", name="Dùng khóa truy cập").click()
    expect(page.get_by_text("Chưa nhận được khóa truy cập")).to_be_visible()
    # Where the address is not the name that passkeys belong to, the page says so.
    page.goto(page.url.replace("localhost", "127.0.0.1"))
    expect(page.get_by_text("Khóa truy cập chỉ dùng được ở đúng địa chỉ của trang này: localhost")).to_be_visible()


def test_an_app_for_codes_without_scripts(open_browser, register, barriers):
    page = open_browser(scripts=False, width=360)
    register(page, "Hòa")
    page.goto("/citizen/security")
    page.get_by_role("button", name="Đặt ứng dụng tạo mã").click()
    assert page.get_by_role("img", name="Mã QR").is_visible()
    secret = page.locator(".dancu-secret").inner_text()
    page.get_by_label("Mã 6 chữ số").fill(totp(secret))
    page.get_by_role("button", name="Xác nhận").click()
    codes = page.locator(".dancu-codes code").all_inner_texts()
    assert len(set(codes)) == 10
    page.get_by_role("banner").get_by_role("button", name="Đăng xuất").click()
    sign_in(page, "Hòa")
    expect(page.get_by_role("heading", level=1)).to_have_text("Nhập mã xác nhận")
    page.get_by_label("Mã 6 chữ số").fill("aaaaa-aaaaa")
    page.get_by_role("button", name="Tiếp tục").click()
    expect(page.get_by_role("alert")).to_contain_text("Mã không đúng")
    page.get_by_label("Mã 6 chữ số").fill(codes[3])
    page.get_by_role("button", name="Tiếp tục").click()
    page.wait_for_url("**/citizen")
    page.goto("/citizen/security")
    expect(page.get_by_text("Còn 9 trong 10 mã")).to_be_visible()


def test_a_phone_lets_a_computer_in_without_scripts(open_browser, register):
    phone, computer = open_browser(scripts=False, width=360), open_browser(scripts=False)
    register(phone, "Hoà")
    computer.goto("/citizen/sign-in")
    computer.get_by_role("link", name="Điện thoại đang đăng nhập").click()
    computer.get_by_role("button", name="Hiện mã QR").click()
    code = computer.locator(".dancu-code").inner_text()
    phone.goto("/citizen/approve")
    phone.get_by_label("Mã đang hiện trên máy tính").fill(code)
    phone.get_by_role("button", name="Tiếp tục").click()
    expect(phone.get_by_text("Chỉ đồng ý khi chính bạn")).to_be_visible()
    phone.get_by_role("button", name="Đồng ý, đó là tôi").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Máy tính đang được đăng nhập")
    # The computer's page looks by itself.
    computer.wait_for_url("**/citizen")


def test_a_lost_phone_and_its_recovery_called_off(open_browser, register, dancu):
    owner, stranger = open_browser(scripts=False), open_browser(scripts=False, width=360)
    contact = register(owner, "Bảo")
    owner.goto("/citizen/security")
    owner.get_by_role("button", name="Tạo mã dự phòng").click()
    paper = owner.locator(".dancu-codes code").first.inner_text()
    stranger.goto("/citizen/sign-in")
    stranger.get_by_role("link", name="Mất điện thoại").click()
    stranger.get_by_label("Số định danh cá nhân").fill(PEOPLE["Bảo"][0])
    stranger.get_by_label("Mã dự phòng").fill(paper)
    stranger.get_by_role("button", name="Tiếp tục").click()
    stranger.get_by_label("Mã gồm 6 chữ số").fill(code_to(dancu, f"email:{contact}"))
    stranger.get_by_label("Mật khẩu mới").fill("sông Cái chảy qua Nha Trang")
    stranger.get_by_role("button", name="Yêu cầu lấy lại").click()
    expect(stranger.get_by_role("heading", level=1)).to_have_text("Đã nhận yêu cầu lấy lại tài khoản")
    owner.goto("/citizen")
    owner.get_by_role("button", name="Hủy yêu cầu").click()
    expect(owner.get_by_text("Đã hủy yêu cầu lấy lại tài khoản.")).to_be_visible()


@pytest.mark.parametrize("width", [360, 1280])
def test_pages_of_citizens_have_no_barriers(open_browser, barriers, width):
    page = open_browser(width=width)
    for path in ["/citizen/register", "/citizen/sign-in", "/citizen/sign-in/phone", "/citizen/recovery"]:
        assert page.goto(path).status == 200
        fits(page, barriers)
    page.get_by_role("link", name="Về trang đăng nhập").click()
    page.goto("/citizen/sign-in/phone")
    page.get_by_role("button", name="Hiện mã QR").click()
    fits(page, barriers)


def test_pages_of_security_have_no_barriers(open_browser, register, barriers):
    page = open_browser()
    register(page, "Long")
    paths = ["", "/passkeys/new", "/contacts", "/password"]
    for width in [360, 1280]:
        page.set_viewport_size({"width": width, "height": 900})
        for path in ["/citizen", "/citizen/approve", *(f"/citizen/security{path}" for path in paths)]:
            assert page.goto(path).status == 200
            fits(page, barriers)
    page.goto("/citizen/security")
    page.get_by_role("button", name="Đặt ứng dụng tạo mã").click()
    fits(page, barriers)


def fits(page, barriers):
    assert barriers(page) == []
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0, f"nobody has to scroll sideways on {page.url}"
