"""Two officers merge two records of one person that lie in different communes, and undo it."""

import re

import pytest
from playwright.sync_api import expect

# Most pixels of the page on a phone, of whatever records.
LONGEST = 6_000
CLEANING = {"Mục đích": "Làm sạch dữ liệu dân cư", "Căn cứ pháp lý": "Luật Căn cước 26/2023/QH15, Điều 9"}


def compared(page, one, other):
    """Opens two records side by side, by their numbers."""
    page.goto("/data/quality/merge")
    page.get_by_label("Hồ sơ 1", exact=True).fill(f"#{one}")
    page.get_by_label("Hồ sơ 2", exact=True).fill(f"#{other}")
    page.get_by_role("button", name="Đối chiếu", exact=True).click()
    return page.get_by_role("table").is_visible()


def previewed(page, kept):
    """Keeps a record and goes on to the preview; whether it takes a second officer."""
    page.get_by_role("radio", name=f"Hồ sơ giữ lại: Hồ sơ {kept}", exact=True).check(force=True)
    page.get_by_label("Căn cứ hợp nhất (số, ngày giấy tờ)").fill("BB 7/2026 xác minh tại chỗ")
    page.get_by_role("button", name="Xem trước kết quả").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Xem trước kết quả hợp nhất")
    return page.get_by_role("button", name="Gửi đề nghị hợp nhất").is_visible()


def test_two_officers_merge_and_undo(sign_in):
    officer = sign_in("lamsachxa", CLEANING, scripts=False)
    main = officer.get_by_role("main")
    kept = 10
    # The demonstration's communes are filled one family after another: the first record of another one will do.
    for ended in range(60, 1000, 41):
        if compared(officer, kept, ended) and previewed(officer, kept):
            break
    expect(main).to_contain_text(f"Hồ sơ {kept}")
    assert not re.search(r"\d{9}", officer.url), "no personal number stands in an address"

    # Field by field, with evidence.
    officer.get_by_role("button", name="Chọn lại").click()
    expect(main).to_contain_text("≠ Khác nhau")
    officer.get_by_role("radio", name=f"Họ, chữ đệm và tên: Hồ sơ {ended}", exact=True).check(force=True)
    officer.get_by_role("button", name="Xem trước kết quả").click()
    expect(main).to_contain_text("Nêu căn cứ của mục lấy từ hồ sơ kia")
    officer.locator("#evidence-name").fill("Giấy khai sinh 12/1990")
    officer.get_by_role("button", name="Xem trước kết quả").click()
    expect(main).to_contain_text("Giấy khai sinh 12/1990")
    officer.get_by_role("button", name="Gửi đề nghị hợp nhất").click()
    expect(officer.get_by_role("alert")).to_contain_text("Đã gửi đề nghị")
    merge = officer.url.split("?")[0]
    expect(main).not_to_contain_text("Duyệt và thực hiện")

    lead = sign_in("duyetls", CLEANING, scripts=False)
    lead.goto("/data/quality/merge")
    lead.get_by_role("table", name="Chờ tôi duyệt").get_by_role("link").first.click()
    expect(lead.get_by_role("main")).to_contain_text("Giấy khai sinh 12/1990")
    lead.get_by_role("button", name="Duyệt và thực hiện").click()
    expect(lead.get_by_role("alert")).to_contain_text("Đã duyệt và thực hiện")

    # The ended record leads to the one kept, and is read as it was.
    officer.goto(f"/desk/persons/{ended}")
    assert officer.url.endswith(f"/desk/persons/{kept}")
    officer.goto(merge)
    expect(main).to_contain_text(f"đã hợp nhất vào hồ sơ số {kept}")

    main.get_by_role("button", name="Hủy hợp nhất").click()
    expect(main).to_contain_text("Nêu lý do")
    main.get_by_label("Vì sao hủy?").fill("Hai người khác nhau")
    main.get_by_role("button", name="Hủy hợp nhất").click()
    expect(officer.get_by_role("alert")).to_contain_text("Đã gửi đề nghị")
    undoing = officer.url.split("?")[0]
    lead.goto(undoing)
    lead.get_by_role("button", name="Duyệt và thực hiện").click()
    expect(lead.get_by_role("alert")).to_contain_text("Đã duyệt và thực hiện")
    officer.goto(f"/desk/persons/{ended}")
    assert officer.url.endswith(f"/desk/persons/{ended}")


@pytest.mark.parametrize("width", [360, 1280])
def test_pages_of_merging_have_no_barriers(sign_in, barriers, width):
    sideways = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    for login in ["lamsachxa", "duyetls"]:
        page = sign_in(login, CLEANING, width=width)
        for path in ["/merge", "/merge/new?records=10-11", "/merge/new?records=10-11-12-14-15"]:
            assert page.goto(f"/data/quality{path}").status == 200, path
            assert barriers(page) == [] and page.evaluate(sideways) <= 0, (login, path)
    page = sign_in("lamsachxa", CLEANING, width=width)
    assert compared(page, 10, 60)
    previewed(page, 10)
    assert barriers(page) == [] and page.evaluate(sideways) <= 0


def test_a_phone_shows_records_side_by_side_without_moving_the_page(sign_in):
    page = sign_in("lamsachxa", CLEANING, width=390, scripts=False)
    still = "document.scrollingElement.scrollWidth <= innerWidth"
    length = "document.scrollingElement.scrollHeight"
    page.goto("/data/quality/merge/new?records=10-11")
    assert page.evaluate(still) and page.evaluate(length) < LONGEST
    # Where values come from is told once for each record, and closed at first.
    sources = page.get_by_role("group").filter(has_text="Nguồn các giá trị")
    expect(sources).to_have_count(2)
    told = sources.first.get_by_role("listitem").first
    expect(told).not_to_be_visible()
    act = page.get_by_role("table").get_by_role("link", name=re.compile("^số ")).first.get_attribute("href")
    assert page.locator(act).count() == 1
    sources.first.locator("summary").click()
    expect(told).to_contain_text("căn cứ")

    page.goto("/data/quality/merge/new?records=10-11-12-14-15")
    assert page.evaluate(still) and page.evaluate(length) < LONGEST
    table = page.get_by_role("table")
    wide = table.evaluate("t => [t.parentElement.scrollWidth, t.parentElement.clientWidth]")
    assert wide[0] > wide[1], "the table moves in itself"
    table.evaluate("t => t.parentElement.scrollLeft = t.parentElement.scrollWidth")
    assert page.evaluate("[scrollX, document.scrollingElement.scrollLeft]") == [0, 0] and page.evaluate(still)
