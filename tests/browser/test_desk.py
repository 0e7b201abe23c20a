"""A clerk's work at the desk, with the people of tests/people.md: Hòa, her household, and the other Hoà."""

import re

import pytest
from playwright.sync_api import expect

RESIDENCE = {"Mục đích": "Quản lý cư trú", "Căn cứ pháp lý": "Luật Cư trú 68/2020/QH14, Điều 31"}
HOA, HOUSEHOLD = "/desk/persons/4", "/desk/households/1"
PAGES = [
    *["/account", "/desk", "/desk/basis", "/desk/verify", "/desk/citizen", "/desk/arrivals", HOA, HOUSEHOLD],
    *[f"{HOA}/{page}" for page in ["who-looked", "residence-confirmation", "acts/correction", "acts/contact"]],
    *[f"{HOUSEHOLD}/acts/{act}" for act in ["temporary", "permanent", "absence", "stay", "split", "head"]],
]


def find(page, text):
    page.goto("/desk")
    main = page.get_by_role("main")
    main.get_by_label("Số hoặc họ tên", exact=True).fill(text)
    main.get_by_role("button", name="Tìm", exact=True).click()
    expect(main.get_by_role("heading", level=1)).to_have_text("Kết quả tìm")
    return main


def open_hoa(page):
    find(page, "nguyen thi hoa").get_by_role("link", name="Nguyễn Thị Hòa", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nguyễn Thị Hòa")
    return page.get_by_role("main")


def test_a_clerk_confirms_a_residence_and_the_citizen_could_see_it(sign_in, open_browser):
    page = sign_in("motcua", scripts=False)
    found = find(page, "nguyen thi hoa")
    assert {"Nguyễn Thị Hòa", "Nguyễn Thị Hoà"} <= set(found.get_by_role("link").all_inner_texts())
    assert "nguyen" not in page.url, "no name stands in an address"

    main = open_hoa(page)
    person = page.url
    main.get_by_role("button", name="Cấp giấy xác nhận cư trú").click()
    main.get_by_role("button", name="Cấp giấy xác nhận", exact=True).click()
    expect(main.get_by_role("heading", level=1)).to_have_text("XÁC NHẬN THÔNG TIN VỀ CƯ TRÚ")

    paper = main.inner_text()
    for said in ["XÁC NHẬN THÔNG TIN VỀ CƯ TRÚ", "054183000004", "12 Nguyễn Thiện Thuật", "Trần Ngọc Lan"]:
        assert said in paper
    code = re.search(r"(\w{4}-){5}\w{4}", paper).group()
    page.emulate_media(media="print")
    assert not page.get_by_role("banner").is_visible(), "only the paper is printed"
    assert page.pdf().startswith(b"%PDF")
    page.emulate_media(media="screen")

    page.goto(f"{person}/who-looked")
    entry = page.get_by_role("row").filter(has_text="Xác nhận thông tin về cư trú (CT07)")
    assert entry.count() == 1
    for said in ["motcua", "Giải quyết thủ tục hành chính", "1.004222", "000.17.22.H56-261121-0001"]:
        assert said in entry.inner_text()

    # Whoever holds the paper checks it without signing in, and learns nothing that is not on it.
    anybody = open_browser(scripts=False)
    for number, verdict in [("054183000004", "Khớp"), ("056080000003", "Không khớp")]:
        anybody.goto("/confirmations")
        anybody.get_by_label("Mã trên giấy").fill(code)
        anybody.get_by_label("Số định danh trên giấy (không bắt buộc)").fill(number)
        anybody.get_by_role("button", name="Kiểm tra").click()
        expect(anybody.get_by_role("main").get_by_text(verdict, exact=True)).to_be_visible()
        assert "Nguyễn Thị Hòa" not in anybody.content()


def test_a_look_leaves_a_card_that_anybody_can_check(sign_in, open_browser):
    main = open_hoa(sign_in("motcua", scripts=False))
    main.get_by_role("link", name="Phiếu bằng chứng lần xem này").click()
    expect(main.get_by_role("heading", level=1)).to_have_text("Phiếu bằng chứng tra cứu")
    card = main.inner_text()
    for said in ["Trần Văn Một Cửa", "Luật Cư trú 68/2020/QH14, Điều 26", "Đăng ký thường trú", "Nơi thường trú"]:
        assert said in card
    number = re.search(r"Mục nhật ký số\s+(\d+)", card).group(1)
    code = re.search(r"Quét để kiểm tra\s+([\w-]+)", card).group(1)
    anybody = open_browser(scripts=False)
    for typed, verdict in [(code, "Đúng"), (code[::-1], "Không khớp")]:
        anybody.goto("/evidence")
        anybody.get_by_label("Mục nhật ký số").fill(number)
        anybody.get_by_label("Mã kiểm tra").fill(typed)
        anybody.get_by_role("button", name="Kiểm tra").click()
        expect(anybody.get_by_role("main").get_by_text(verdict, exact=True)).to_be_visible()


def test_without_a_purpose_nobody_is_found(sign_in):
    page = sign_in("motcua", basis=None)
    for path in [HOA, f"{HOA}/who-looked", HOUSEHOLD]:
        page.goto(path)
        assert "Nguyễn Thị Hòa" not in page.content()


def test_what_the_purpose_does_not_release_is_not_shown(sign_in):
    main = open_hoa(sign_in("motcua"))
    main.get_by_text("mục không được xem với mục đích này").click()
    assert "Liên hệ" in main.inner_text()
    assert "0100000001" not in main.inner_text(), "neither among the fields nor in the history"


def test_absence_is_declared_for_the_members_that_are_ticked(sign_in):
    page = sign_in("cutru", RESIDENCE, scripts=False)
    page.goto("/desk/households/1/acts/absence")
    main = page.get_by_role("main")
    for name in ["Nguyễn Thị Hòa", "Trần Ngọc Lan"]:
        main.get_by_label(name, exact=True).check()
    main.get_by_label("Nơi đến: xã, phường, đặc khu").fill("Ba Đình, Hà Nội")
    main.get_by_label("Nơi đến: số nhà, đường, thôn, tổ dân phố").fill("5 Quán Thánh")
    until = main.get_by_role("group", name="Đến hết ngày")
    for label, value in [("Ngày", "31"), ("Tháng", "8"), ("Năm", "2027")]:
        until.get_by_label(label, exact=True).fill(value)
    main.get_by_label("Căn cứ (số, ngày giấy tờ)").fill("Tờ khai CT01")
    main.get_by_role("button", name="Ghi nhận").click()

    # The reason is missing: the page says so and leads there, and what was typed is still there.
    page.get_by_role("alert").get_by_role("link").click()
    expect(main.get_by_label("Lý do", exact=True)).to_be_focused()
    expect(main.get_by_label("Trần Ngọc Lan", exact=True)).to_be_checked()
    main.get_by_label("Lý do", exact=True).fill("Học tập")
    main.get_by_role("button", name="Ghi nhận").click()
    expect(main.get_by_role("heading", level=1)).not_to_have_text("Khai báo tạm vắng")

    for person, absent in [(4, True), (6, True), (3, False)]:
        page.goto(f"/desk/persons/{person}")
        assert ("5 Quán Thánh" in main.inner_text()) == absent


def test_a_person_who_has_a_record_is_not_registered_again_unnoticed(sign_in, barriers):
    page = sign_in("cutru", RESIDENCE)
    main = page.get_by_role("main")
    page.goto("/desk/registrations/new")
    main.get_by_label("Họ, chữ đệm và tên", exact=True).fill("Nguyen Thi Hoa")
    born = main.get_by_role("group", name="Ngày, tháng, năm sinh")
    for label, value in [("Ngày", "8"), ("Tháng", "5"), ("Năm", "1983")]:
        born.get_by_label(label, exact=True).fill(value)
    main.get_by_label("Nữ", exact=True).check()
    main.get_by_label("Nơi ở hiện tại: xã, phường, đặc khu").select_option("22366")
    main.get_by_label("Nơi ở hiện tại: số nhà, đường, thôn, tổ dân phố").fill("3 Trần Phú")
    main.get_by_label("Căn cứ (số, ngày giấy tờ)").fill("DC01 số 9")
    main.get_by_role("button", name="Ghi nhận").click()

    # Hòa is there already: her record stands beside what was typed, with why it may be hers.
    table = main.get_by_role("table", name="Có thể người này đã có hồ sơ")
    for said in ["Hồ sơ số 4", "Nguyễn Thị Hòa", "05/08/1983", "đảo ngày và tháng", "trùng khi bỏ dấu"]:
        expect(table).to_contain_text(said)
    assert barriers(page) == []
    main.get_by_role("button", name="Ghi nhận").click()
    page.get_by_role("alert").get_by_role("link").click()
    expect(main.get_by_label("Vì sao là người khác?")).to_be_focused()

    # It is she: the officer opens the record, and nobody was registered.
    table.get_by_role("link", name="Đúng người này: mở hồ sơ").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nguyễn Thị Hòa")
    assert page.url.endswith(HOA)


@pytest.mark.parametrize("width", [360, 1280])
def test_the_desk_has_no_barriers(sign_in, barriers, width):
    page = sign_in("cutru", RESIDENCE, width=width)
    found = []
    for path in PAGES:
        assert page.goto(path).status == 200
        found += barriers(page)
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if overflow > 0:
            found.append(f"{path}: one has to scroll sideways by {overflow} pixels")
    assert found == []
