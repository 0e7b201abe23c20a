"""Accounts in person, from the desk to activation, and applications from registration to going live.

With the people of tests/people.md: Hòa, and her daughter Lan, who is a child.
"""

import json
import re
import time
from datetime import date

import pytest
from playwright.sync_api import expect

HOA, DUC, LAN, BAO = "054183000004", "056080000003", "056316000006", "051205000008"
# When the cards of the registry were issued and end.
CARDS = {HOA: ((14, 7, 2023), (5, 8, 2043)), DUC: ((28, 4, 2021), (12, 3, 2040)), BAO: ((2, 4, 2021), (9, 9, 2030))}
PASSWORD = "con gà cục tác lá chanh"
KEYS = {"keys": [{
    "kty": "EC", "crv": "P-256", "kid": "1", "use": "sig",
    "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
}]}


@pytest.fixture
def sign_in(open_browser, dancu):
    """Signs an officer in, to the desk of electronic identity or the applications."""

    def sign_in(login, to="/desk/eid", **browser):
        page = open_browser(**browser)
        page.goto(f"/sign-in?next={to}")
        page.get_by_label("Tên tài khoản").fill(login)
        page.get_by_label("Mật khẩu").fill(dancu.said(rf"\b{login}\s+(\S+)").group(1))
        page.get_by_role("main").get_by_role("button", name="Đăng nhập").click()
        page.wait_for_url(f"{dancu.url}{to}")
        return page

    return sign_in


def code(dancu, digits):
    """A code of so many digits from the message handed over last."""
    last = max((dancu.folder / "outbox").glob("*.txt"), key=lambda file: int(file.name.split("-")[0]))
    return re.findall(rf"(?<!\d)\d{{{digits}}}(?!\d)", last.read_text())[-1]


def sideways(page):
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def fill_date(page, name, day, month, year):
    for part, value in [("day", day), ("month", month), ("year", year)]:
        page.locator(f"[name={name}-{part}]").fill(str(value))


def look_up(page, number):
    page.goto("/desk/eid")
    page.get_by_label("Số định danh của người có mặt").fill(number)
    page.get_by_role("button", name="Tra cứu và lập hồ sơ").click()


def hand_in(page, dancu, number, contact):
    """A file with a card, to the point where the contact is confirmed."""
    look_up(page, number)
    issued, expires = CARDS[number]
    page.get_by_label("Số trên giấy tờ").fill(number)
    fill_date(page, "issued", *issued)
    fill_date(page, "expires", *expires)
    page.get_by_label("Thư điện tử hoặc số điện thoại").fill(contact)
    page.get_by_role("button", name="Lập hồ sơ và gửi mã").click()
    page.get_by_label("Mã xác nhận liên hệ").fill(code(dancu, 6))
    page.get_by_role("button", name="Xác nhận và tiếp nhận").click()
    expect(page.get_by_role("alert")).to_contain_text("Đã tiếp nhận")


@pytest.mark.parametrize("width", [360, 1280])
def test_level_2_from_the_desk_to_activation(sign_in, open_browser, dancu, barriers, width):
    number = HOA if width == 360 else DUC

    def well(page):
        assert barriers(page) == [] and sideways(page) <= 0, page.url

    desk = sign_in("dinhdanh", scripts=True, width=width)
    well(desk)
    look_up(desk, number)
    well(desk)
    desk.get_by_role("button", name="Lập hồ sơ và gửi mã").click()
    expect(desk.get_by_role("alert")).to_contain_text("Nhập")
    well(desk)
    hand_in(desk, dancu, number, "gia-dinh@example.vn")
    well(desk)
    file = desk.url.split("?")[0]
    expect(desk.get_by_role("main")).to_contain_text("một cán bộ khác phải duyệt")
    expect(desk.get_by_role("main")).to_contain_text("ngày hết hạn khớp với cơ sở dữ liệu dân cư; chip chưa được đọc")

    approver = sign_in("duyetdd", width=width)
    approver.goto(file)
    well(approver)
    approver.get_by_label("Duyệt, gửi mã kích hoạt").check()
    approver.get_by_role("button", name="Ghi quyết định").click()
    expect(approver.get_by_role("alert")).to_contain_text("Đã duyệt")
    activation = code(dancu, 8)

    citizen = open_browser(scripts=False, width=width)
    citizen.goto("/citizen/activate")
    citizen.get_by_label("Số định danh cá nhân").fill(number)
    citizen.get_by_label("Mã kích hoạt gồm 8 chữ số").fill(activation)
    citizen.get_by_label("Mật khẩu").fill(PASSWORD)
    citizen.get_by_role("button", name="Kích hoạt").click()
    expect(citizen.get_by_role("alert")).to_contain_text("mức 2")
    citizen.get_by_role("main").get_by_role("button", name="Đăng nhập").click()
    citizen.get_by_label("Số định danh cá nhân").fill(number)
    citizen.get_by_label("Mật khẩu").fill(PASSWORD)
    citizen.get_by_role("main").get_by_role("button", name="Đăng nhập").click()
    citizen.wait_for_url(f"{dancu.url}/citizen")
    citizen.goto("/citizen/who-looked")
    expect(citizen.get_by_role("main")).to_contain_text("Nghị định 69/2024/NĐ-CP")

    approver.goto("/desk/eid/counts")
    well(approver)
    expect(approver.get_by_role("main")).to_contain_text("Kích hoạt")
    with approver.expect_download() as table:
        approver.get_by_role("link", name="Tải tệp CSV").click()
    rows = table.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert rows[0].startswith("Ngày,Mã đơn vị,Đơn vị,Của,Thu nhận,Duyệt,Từ chối,Kích hoạt") and len(rows) == 2

    phone = open_browser(width=width)
    phone.goto("/citizen/activate")
    well(phone)
    # The owner locks the account; nothing of it works any more.
    citizen.goto("/citizen/standing")
    citizen.get_by_label("Khóa tài khoản").check()
    citizen.get_by_label("Mật khẩu").fill(PASSWORD)
    citizen.get_by_role("button", name="Xác nhận").click()
    expect(citizen.get_by_role("heading", level=1)).to_have_text("Đã khóa tài khoản")
    citizen.goto("/citizen")
    assert "/citizen/sign-in" in citizen.url
    approver.goto("/desk/eid/accounts")
    well(approver)
    approver.get_by_label("Số định danh của chủ tài khoản").fill(number)
    approver.get_by_label("Chính chủ yêu cầu").check()
    approver.get_by_role("button", name="Mở tài khoản này").click()
    well(approver)
    approver.get_by_label("Mở khóa", exact=True).check()
    approver.get_by_label("Lý do").fill("Chính chủ đến trình diện với thẻ")
    approver.get_by_role("button", name="Ghi thay đổi").click()
    expect(approver.get_by_role("alert")).to_contain_text("mở khóa")


def test_a_child_is_asked_for_by_a_parent(sign_in, dancu, barriers):
    page = sign_in("dinhdanh", scripts=False, width=360)
    look_up(page, LAN)
    main = page.get_by_role("main")
    expect(main).to_contain_text("Công dân từ 6 đến dưới 14 tuổi")
    expect(main).to_contain_text("Nguyễn Thị Hòa")
    page.get_by_label("Giấy khai sinh").check()
    page.get_by_label("Số trên giấy tờ").fill("118/2016")
    fill_date(page, "issued", 10, 11, 2016)
    page.get_by_label("Thư điện tử hoặc số điện thoại").fill("0905123456")
    page.get_by_label("Số định danh của cha, mẹ").fill("056158000007")
    page.get_by_role("button", name="Lập hồ sơ và gửi mã").click()
    expect(page.get_by_role("alert")).to_contain_text("không phải cha, mẹ")
    page.get_by_label("Số định danh của cha, mẹ").fill(HOA)
    page.get_by_role("button", name="Lập hồ sơ và gửi mã").click()
    expect(page.get_by_label("Mã xác nhận liên hệ")).to_be_visible()


@pytest.mark.parametrize("width", [360, 1280])
def test_an_application_is_registered_and_assessed(sign_in, barriers, width):
    def well(page):
        assert barriers(page) == [] and sideways(page) <= 0, page.url

    name = f"Cổng dịch vụ thử nghiệm của một cơ quan có tên rất dài {width}"
    owner = sign_in("ungdung", to="/admin/applications", width=width)
    well(owner)
    owner.get_by_role("button", name="Đăng ký ứng dụng").click()
    well(owner)
    owner.get_by_label("Mã ứng dụng").fill(f"cong.{width}")
    owner.get_by_label("Tên tiếng Việt").fill(name)
    owner.get_by_label("Tên tiếng Anh").fill("Portal")
    owner.get_by_label("Địa chỉ nhận kết quả").fill(f"https://cong-dich-vu-cong-thu-nghiem-{width}.example.vn/callback/oidc")
    owner.get_by_label("Khóa công khai").fill(json.dumps(KEYS))
    owner.get_by_label("Họ tên, ngày sinh, giới tính").fill("Nghị định 118/2025/NĐ-CP")
    owner.get_by_text("Cách kết nối khác").click()
    expect(owner.get_by_label("Chứng thư tự ký")).to_be_disabled()
    well(owner)
    owner.get_by_label("Yêu cầu phải được ký").check()
    owner.get_by_label("Kết quả hỏi qua điện thoại").select_option("ping")
    owner.get_by_role("button", name="Lưu đăng ký").click()
    # What is wrong stands open, and says what to do.
    expect(owner.get_by_role("alert")).to_contain_text("ping")
    owner.get_by_label("Địa chỉ nhận thông báo CIBA").fill(f"https://cong-dich-vu-cong-thu-nghiem-{width}.example.vn/ciba")
    well(owner)
    owner.get_by_role("button", name="Lưu đăng ký").click()
    expect(owner.get_by_role("heading", level=1)).to_have_text(name)
    expect(owner.get_by_role("main")).to_contain_text("Thử nghiệm")
    expect(owner.get_by_role("main")).to_contain_text("Yêu cầu phải được ký")
    expect(owner.get_by_role("main")).to_contain_text("CIBA ping")
    well(owner)

    inspector = sign_in("antoan", to="/admin/applications", width=width)
    inspector.get_by_role("link", name=name).click()
    well(inspector)
    year = date.today().year
    inspector.get_by_label("Cấp độ an toàn").fill("3")
    inspector.get_by_label("Ngày đánh giá").fill(f"01/02/{year - 1}")
    inspector.get_by_label("Cơ quan, người đánh giá").fill("Phòng An ninh mạng, Công an tỉnh")
    inspector.get_by_label("Có hiệu lực đến").fill(f"01/02/{year + 2}")
    inspector.get_by_role("button", name="Ghi kết quả").click()
    inspector.get_by_role("button", name="Cho hoạt động thật").click()
    expect(inspector.get_by_role("alert")).to_contain_text("hoạt động thật")
    well(inspector)


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("path", ["/citizen/activate", "/citizen/sign-in", "/citizen/register"])
def test_pages_of_citizens_have_no_barriers(open_browser, barriers, path, width):
    page = open_browser(width=width)
    assert page.goto(path).status == 200
    assert barriers(page) == [] and sideways(page) <= 0


def test_a_death_at_the_registry_ends_the_account_in_the_running_server(sign_in, open_browser, dancu):
    desk = sign_in("dinhdanh", scripts=False)
    hand_in(desk, dancu, BAO, "bao@example.vn")
    file = desk.url.split("?")[0]
    approver = sign_in("duyetdd", scripts=False)
    approver.goto(file)
    approver.get_by_label("Duyệt, gửi mã kích hoạt").check()
    approver.get_by_role("button", name="Ghi quyết định").click()
    citizen = open_browser(scripts=False)
    citizen.goto("/citizen/activate")
    citizen.get_by_label("Số định danh cá nhân").fill(BAO)
    citizen.get_by_label("Mã kích hoạt gồm 8 chữ số").fill(code(dancu, 8))
    citizen.get_by_label("Mật khẩu").fill(PASSWORD)
    citizen.get_by_role("button", name="Kích hoạt").click()
    citizen.get_by_role("main").get_by_role("button", name="Đăng nhập").click()
    citizen.get_by_label("Số định danh cá nhân").fill(BAO)
    citizen.get_by_label("Mật khẩu").fill(PASSWORD)
    citizen.get_by_role("main").get_by_role("button", name="Đăng nhập").click()
    citizen.wait_for_url(f"{dancu.url}/citizen")

    registrar = sign_in("hotich", to="/desk", scripts=False)
    registrar.goto("/desk/basis?next=/desk")
    registrar.get_by_label("Mục đích", exact=True).select_option(label="Đăng ký hộ tịch")
    registrar.get_by_label("Căn cứ pháp lý", exact=True).fill("Luật Hộ tịch 60/2014/QH13")
    registrar.get_by_role("button", name="Dùng cho phiên này").click()
    registrar.goto("/desk/persons/8/acts/death")
    today = date.today()
    for part, value in [("day", today.day), ("month", today.month), ("year", today.year)]:
        registrar.locator(f"[name$={part}]").first.fill(str(value))
    registrar.locator("[name=evidence]").fill("Giấy báo tử 12/2026")
    registrar.get_by_role("main").get_by_role("button").first.click()
    expect(registrar.get_by_role("main")).to_contain_text("Đã ghi: Khai tử")

    deadline = time.monotonic() + 1
    while citizen.goto("/citizen").url.endswith("/citizen"):
        assert time.monotonic() < deadline, "a second after the act the session still works"
