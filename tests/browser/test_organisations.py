"""An organisation in a browser: its representative hands the file in, two officers deal with it, a clerk is let act and
signs in for it, and is withdrawn. And what an officer hands to somebody who has lost every proof.

With the people of tests/people.md: Hòa represents a company, Đức works for it.
"""

import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from citizen import Application
from playwright.sync_api import expect
from test_identity import DUC, HOA, PASSWORD, code, hand_in, sideways, sign_in  # noqa: F401

NAME = "Công ty Trách nhiệm hữu hạn Sản xuất và Thương mại Nước mắm Ví dụ Nha Trang"
TAX_CODES = {360: "5600112233", 1280: "4200123454"}


@pytest.fixture
def level_2(sign_in, open_browser, dancu):  # noqa: F811
    """Makes an account of level 2 at the desk, where there is none, and signs its owner in."""
    made = set()

    def level_2(number, width):
        citizen = open_browser(width=width)
        citizen.goto("/citizen/sign-in")
        if number not in made and not known(citizen, number):
            desk = sign_in("dinhdanh", scripts=False)
            hand_in(desk, dancu, number, f"{number}@example.vn")
            approver = sign_in("duyetdd", scripts=False)
            approver.goto(desk.url.split("?")[0])
            approver.get_by_label("Duyệt, gửi mã kích hoạt").check()
            approver.get_by_role("button", name="Ghi quyết định").click()
            citizen.goto("/citizen/activate")
            citizen.get_by_label("Số định danh cá nhân").fill(number)
            citizen.get_by_label("Mã kích hoạt gồm 8 chữ số").fill(code(dancu, 8))
            citizen.get_by_label("Mật khẩu").fill(PASSWORD)
            citizen.get_by_role("button", name="Kích hoạt").click()
            expect(citizen.get_by_role("alert")).to_contain_text("mức 2")
            citizen.goto("/citizen/sign-in")
            assert known(citizen, number)
        made.add(number)
        return citizen

    def known(citizen, number):
        """Whether the number and the password of these stories sign in."""
        citizen.get_by_label("Số định danh cá nhân").fill(number)
        citizen.get_by_label("Mật khẩu").fill(PASSWORD)
        citizen.get_by_role("main").get_by_role("button", name="Đăng nhập", exact=True).click()
        return citizen.url.endswith("/citizen")

    return level_2


def press(page, name):
    page.get_by_role("main").get_by_role("button", name=name, exact=True).click()


@pytest.mark.parametrize("width", [360, 1280])
def test_a_clerk_signs_in_for_a_company_until_it_is_withdrawn(sign_in, level_2, dancu, barriers, tmp_path, width):  # noqa: F811
    def well(page):
        assert barriers(page) == [] and sideways(page) <= 0, page.url

    hoa = level_2(HOA, width)
    hoa.goto("/citizen/organisations")
    well(hoa)
    hoa.get_by_role("button", name="Lập hồ sơ tổ chức").click()
    well(hoa)
    press(hoa, "Nộp hồ sơ")
    expect(hoa.get_by_role("alert")).to_contain_text("Mã số thuế")
    well(hoa)
    hoa.get_by_label("Mã số thuế, mã số doanh nghiệp").fill(TAX_CODES[width])
    hoa.get_by_label("Tên tổ chức").fill(NAME)
    hoa.get_by_label("Doanh nghiệp", exact=True).check()
    hoa.get_by_label("Xã, phường nơi đặt trụ sở").fill("Nha Trang, Khánh Hòa")
    hoa.get_by_label("Số giấy chứng nhận").fill(TAX_CODES[width])
    hoa.get_by_label("Ngày cấp").fill("05/08/2019")
    press(hoa, "Nộp hồ sơ")
    expect(hoa.get_by_role("main")).to_contain_text("Chờ đối chiếu")
    well(hoa)
    file = hoa.url

    officer = sign_in("dinhdanh", to="/desk/eid", width=width)
    officer.get_by_role("link", name="Tài khoản của tổ chức").click()
    well(officer)
    officer.get_by_role("row").filter(has_text=TAX_CODES[width]).get_by_role("link").click()
    expect(officer.get_by_role("main")).to_contain_text("Nguyễn Thị Hòa")
    well(officer)
    officer.get_by_label("Cơ sở dữ liệu quốc gia về đăng ký doanh nghiệp").check()
    press(officer, "Tiếp nhận hồ sơ")
    expect(officer.get_by_role("alert")).to_contain_text("Một cán bộ khác sẽ duyệt")
    approver = sign_in("duyetdd", to="/desk/eid", width=width)
    approver.goto(officer.url.split("?")[0])
    well(approver)
    approver.get_by_label("Duyệt", exact=True).check()
    press(approver, "Ghi quyết định")
    expect(approver.get_by_role("alert")).to_contain_text("Đã duyệt")

    hoa.goto(file)
    well(hoa)
    hoa.get_by_label("Mật khẩu của bạn").fill(PASSWORD)
    press(hoa, "Kích hoạt tài khoản của tổ chức")
    expect(hoa.get_by_role("alert")).to_contain_text("Đã kích hoạt")
    company = hoa.url.split("?")[0]

    duc = level_2(DUC, width)
    press(hoa, "Giao việc")
    expect(hoa.get_by_role("alert")).to_be_visible()
    well(hoa)
    hoa.get_by_label("Số định danh của người được giao").fill(DUC)
    hoa.get_by_label("Chức danh hoặc công việc").fill("Kế toán trưởng")
    hoa.get_by_label("tên, mã số của tổ chức").check()
    hoa.get_by_label("Đến hết ngày").fill(hoa.evaluate("new Date(Date.now() + 864e5).toLocaleDateString('en-GB', { timeZone: 'Asia/Ho_Chi_Minh' })"))
    hoa.get_by_label("Mật khẩu của bạn", exact=True).fill(PASSWORD)
    press(hoa, "Giao việc")
    expect(hoa.get_by_role("alert")).to_contain_text("cần đồng ý")
    well(hoa)

    duc.goto("/citizen/organisations")
    well(duc)
    duc.get_by_role("row").filter(has_text=NAME).get_by_role("button", name="Đồng ý").click()
    expect(duc.get_by_role("alert")).to_contain_text("Đã đồng ý")

    # The application comes back to this very site, which no browser of these stories may leave.
    back = f"{dancu.url}/citizen/organisations"
    scopes = {"profile": "Luật Quản lý thuế 2019", "organisation": "Luật Quản lý thuế 2019"}
    app = Application(tmp_path, f"thue-{width}", "EC", profile="basic", redirect_uris=[back], scopes=scopes)
    app.register(dancu, tmp_path)
    asked = urlencode({
        "client_id": app.id,
        "response_type": "code",
        "redirect_uri": back,
        "scope": "openid organisation",
        "state": "s",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
    })
    duc.goto(f"/oidc/authorize?{asked}")
    duc.get_by_label(f"Thay mặt tổ chức {NAME}").check()
    expect(duc.get_by_label("Tên, mã số của tổ chức bạn thay mặt")).to_be_checked()
    well(duc)
    press(duc, "Đồng ý")
    duc.wait_for_url(f"{back}?**")
    assert "code" in parse_qs(urlsplit(duc.url).query)

    hoa.goto(company)
    expect(hoa.get_by_role("main")).to_contain_text("Đăng nhập thay mặt tổ chức")
    well(hoa)
    hoa.get_by_role("row").filter(has_text="Kế toán trưởng").get_by_role("button", name="Thu hồi").click()
    expect(hoa.get_by_role("alert")).to_contain_text("có hiệu lực ngay")
    duc.goto(f"/oidc/authorize?{asked}")
    expect(duc.get_by_label(f"Thay mặt tổ chức {NAME}")).to_have_count(0)
    duc.goto("/citizen/organisations")
    expect(duc.get_by_role("main")).not_to_contain_text("Kế toán trưởng")

    approver.goto("/desk/eid/organisations")
    approver.get_by_label("Mã số thuế").fill(TAX_CODES[width])
    approver.get_by_label("Cơ quan quản lý định danh").check()
    press(approver, "Mở tài khoản này")
    well(approver)
    approver.get_by_label("Tạm dừng").check()
    approver.get_by_label("Lý do").fill("Ngừng hoạt động tại địa chỉ đã đăng ký")
    press(approver, "Ghi thay đổi")
    expect(approver.get_by_role("main")).to_contain_text("Tạm dừng")
    approver.goto("/desk/eid/counts")
    expect(approver.get_by_role("main")).to_contain_text("Tổ chức")
    well(approver)


@pytest.mark.parametrize("width", [360, 1280])
def test_an_officer_hands_out_a_recovery_code(sign_in, level_2, barriers, width):  # noqa: F811
    def well(page):
        assert barriers(page) == [] and sideways(page) <= 0, page.url

    level_2(HOA, width)
    officer = sign_in("dinhdanh", to="/desk/eid", width=width)
    officer.get_by_role("link", name="Cấp mã lấy lại tài khoản").click()
    well(officer)
    officer.get_by_label("Số định danh của người có mặt").fill(HOA)
    press(officer, "Tra cứu")
    well(officer)
    press(officer, "Cấp mã")
    expect(officer.get_by_role("alert")).to_contain_text("Xác nhận đã đối chiếu")
    officer.get_by_label("Tôi đã đối chiếu").check()
    press(officer, "Cấp mã")
    expect(officer.get_by_role("alert")).to_contain_text("chỉ hiện một lần")
    assert re.search(r"\b\w{5}-\w{5}\b", officer.get_by_role("main").inner_text())
    well(officer)


@pytest.mark.parametrize("width", [360, 1280])
def test_an_inspector_assesses_an_agency(sign_in, barriers, width):  # noqa: F811
    inspector = sign_in("antoan", to="/admin/applications", width=width)
    inspector.get_by_role("link", name="Đánh giá an toàn theo cơ quan").click()
    inspector.get_by_label("Mã cơ quan").fill("G01")
    inspector.get_by_label("Cấp độ an toàn").fill("3")
    inspector.get_by_label("Ngày đánh giá").fill("01/02/2026")
    inspector.get_by_label("Cơ quan, người đánh giá").fill("Phòng An ninh mạng, Công an tỉnh")
    inspector.get_by_label("Có hiệu lực đến").fill("01/02/2099")
    press(inspector, "Ghi kết quả")
    expect(inspector.get_by_role("alert")).to_contain_text("Đã ghi kết quả")
    expect(inspector.get_by_role("main")).to_contain_text("Còn hiệu lực")
    assert barriers(inspector) == [] and sideways(inspector) <= 0
