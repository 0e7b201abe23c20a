"""An officer of a commune clears a batch: the centre has handed it out, a lead approves."""

import re

import pytest
from playwright.sync_api import expect

CLEANING = {"Mục đích": "Làm sạch dữ liệu dân cư", "Căn cứ pháp lý": "Luật Căn cước 26/2023/QH15, Điều 9"}


def correct_relation(page, person, relation):
    """Corrects somebody's relation to the head, as the form of the desk does it."""
    page.goto(f"/desk/persons/{person}/acts/correction")
    page.get_by_label("Quan hệ với chủ hộ").select_option(label=relation)
    page.get_by_label("Căn cứ (số, ngày giấy tờ)").fill("CT01 15/2026")
    page.get_by_role("main").get_by_role("button", name="Ghi nhận").click()
    expect(page.get_by_role("main")).to_contain_text("Đã ghi")


def test_an_officer_clears_a_batch_and_the_lead_approves(sign_in):
    officer = sign_in("lamsachxa", CLEANING, scripts=False)
    officer.goto("/data/quality/cases?indicator=CLN-03")
    main = officer.get_by_role("main")
    row = main.get_by_role("row").filter(has_text="Hộ số 3")
    row.get_by_role("link").click()
    expect(main.get_by_role("heading", level=1)).to_have_text("Hộ có hơn một chủ hộ")
    for said in ["Vẫn còn lỗi", "Lập hộ", "Luật Cư trú 68/2020/QH14", "Võ Thành Long", "Huỳnh Thị Mai"]:
        expect(main).to_contain_text(said)
    case = officer.url
    assert "Võ" not in case

    # It cannot be called fixed before it is.
    main.get_by_label("Đã làm sạch").check()
    main.get_by_role("button", name="Gửi duyệt").click()
    expect(main).to_contain_text("Hồ sơ vẫn chưa sạch theo quy tắc này")

    correct_relation(officer, 10, "Vợ, chồng")
    officer.goto(case)
    expect(main).to_contain_text("Không còn lỗi")
    main.get_by_label("Đã làm sạch").check()
    main.get_by_role("button", name="Gửi duyệt").click()
    expect(officer.get_by_role("alert")).to_contain_text("Đã gửi duyệt")

    # The next case by one key, without scripts; an honest ending needs its reason.
    officer.goto("/data/quality")
    key = officer.get_by_role("button", name="Trường hợp tiếp theo")
    assert key.get_attribute("accesskey") == "n"
    key.click()
    expect(main.get_by_role("heading", level=1)).to_be_visible()
    assert officer.url != case and re.search(r"/cases/\d+$", officer.url)
    main.get_by_label("Không thể làm sạch").check()
    main.get_by_role("button", name="Gửi duyệt").click()
    expect(officer.get_by_role("alert")).to_contain_text("Nêu lý do")
    main.get_by_label("Lý do, giấy tờ").fill("Tàng thư bị cháy năm 1999")
    main.get_by_role("button", name="Gửi duyệt").click()
    expect(officer.get_by_role("alert")).to_contain_text("Đã gửi duyệt")

    lead = sign_in("duyetls", CLEANING, scripts=False)
    lead.goto("/data/quality/approve")
    boxes = lead.get_by_role("checkbox")
    assert boxes.count() == 2
    for box in boxes.all():
        box.check()
    lead.get_by_role("button", name="Duyệt các trường hợp đã chọn").click()
    expect(lead.get_by_role("main").locator("..").locator("..")).to_contain_text("Đã duyệt 2")

    centre = sign_in("trungtam", None)
    centre.goto("/data/quality/campaigns")
    centre.get_by_role("link", name="Cao điểm 90 ngày: hộ có trên 1 chủ hộ").click()
    expect(centre.get_by_role("main")).to_contain_text("1 đã làm sạch")
    done, work, other, given = map(
        int, re.search(r"(\d+) đã làm sạch \+ (\d+) đang làm \+ (\d+) kết thúc khác = (\d+) được giao", centre.get_by_role("main").inner_text()).groups()
    )
    assert done + work + other == given
    with centre.expect_download() as table:
        centre.get_by_role("link", name="Tải tiến độ (CSV)").click()
    rows = [line.split(",") for line in table.value.path().read_text(encoding="utf-8-sig").splitlines()[1:]]
    assert sum(int(cells[-9]) for cells in rows) == given, rows


@pytest.mark.parametrize("width", [360, 1280])
def test_pages_of_cleaning_have_no_barriers(sign_in, barriers, width):
    sideways = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    paths = ["", "/cases", "/cases/1", "/campaigns", "/campaigns/1", "/scores", "/rules", "/questions"]
    pages = [("lamsachxa", CLEANING, paths), ("duyetls", CLEANING, ["/approve", "/campaigns/1"]), ("trungtam", None, ["/campaigns/new"])]
    for login, basis, paths in pages:
        page = sign_in(login, basis, width=width)
        for path in paths:
            assert page.goto(f"/data/quality{path}").status == 200, path
            assert barriers(page) == [] and page.evaluate(sideways) <= 0, path
