"""A sector's clerk sends a file and takes the answer back; the commune sees a duplicate number from its side."""

import csv
import datetime
import re

import pytest
from playwright.sync_api import expect

CLEANING = {"Mục đích": "Làm sạch dữ liệu dân cư", "Căn cứ pháp lý": "Luật Bảo hiểm xã hội 41/2024/QH15, Điều 20"}
HEAD = "Mã số BHXH,Họ và tên,Ngày sinh,Giới tính,Số CCCD,Ghi chú"


@pytest.fixture
def insured(dancu):
    """Rows of the sample file of social insurance that the demonstration brings, with their numbers."""
    path = dancu.folder / "sector-files" / "insurance.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [row for row in csv.DictReader(file) if row["personal_number"] and row["birth_date"].count("-") == 2]


def answered(page, tmp_path, name, rows):
    """Sends a file, sees its columns, has it compared, and downloads the result."""
    file = tmp_path / name
    file.write_text("\n".join([HEAD, *rows]) + "\n", encoding="utf-8")
    main = page.get_by_role("main")
    page.goto("/data/quality/sectors")
    main.get_by_label("Ngành").select_option(label="Bảo hiểm xã hội, bảo hiểm y tế – Cơ quan bảo hiểm xã hội")
    main.get_by_label("Tệp").set_input_files(file)
    main.get_by_role("button", name="Gửi tệp").click()
    expect(main.get_by_label("A · Mã số BHXH")).to_have_value("own_key")
    expect(main.get_by_label("E · Số CCCD")).to_have_value("personal_number")
    assert not any(row.split(",")[1] in page.url for row in rows)
    main.get_by_role("button", name="Đối soát", exact=True).click()
    # Without scripts the page loads itself again until the result is there.
    expect(main.get_by_role("link", name="Tải kết quả theo định dạng của ngành")).to_be_visible(timeout=60_000)
    with page.expect_download() as download:
        main.get_by_role("link", name="Tải kết quả theo định dạng của ngành").click()
    with download.value.path().open(encoding="utf-8-sig", newline="") as result:
        return list(csv.DictReader(result))


def test_a_sector_upload_is_answered(sign_in, barriers, insured, tmp_path):
    clerk = sign_in("baohiem", CLEANING, scripts=False)
    main = clerk.get_by_role("main")
    holder = insured[0]
    rows = [
        "T1,Người Không Có,01/02/1970,Nam,001070123456,ghi chú giữ nguyên",
        f"T2,Phạm Hoàn Toàn Khác,09/09/1931,Nam,{holder['personal_number']},",
        "T3,Không Số Nào,03/04/1971,Nữ,,",
    ]
    result = answered(clerk, tmp_path, "bhxh-thu.csv", rows)
    assert [r["Mã kết quả (Code)"] for r in result] == [
        "not-found number-unknown", "duplicate number-of-another", "not-found no-number-nobody"]
    assert result[0]["Ghi chú"] == "ghi chú giữ nguyên" and result[0]["Mã số BHXH"] == "T1"

    # The counts add up, and lead to the rows.
    cells = main.get_by_role("table").first.get_by_role("row")
    counts = [int(re.sub(r"\D", "", row.get_by_role("cell").last.inner_text())) for row in cells.all()[1:]]
    assert sum(counts[:-1]) == counts[-1] == 3
    run = clerk.url
    main.get_by_role("link", name="Trùng số").click()
    main.get_by_role("link", name="T2", exact=True).click()
    expect(main).to_contain_text("P. H. T. K. · 1931")
    expect(main).to_contain_text("Không bên nào thấy hồ sơ của bên kia")
    assert holder["full_name"] not in main.inner_text()
    duplicate = clerk.url

    # A question to the other side, with its day; without one the page says so.
    main.get_by_role("button", name="Gửi câu hỏi").click()
    expect(clerk.get_by_role("alert")).to_be_visible()
    main.get_by_label("Câu hỏi").fill("Người mang số này cư trú ở phường từ khi nào?")
    due = datetime.date.today() + datetime.timedelta(days=10)
    for label, value in (("Ngày", due.day), ("Tháng", due.month), ("Năm", due.year)):
        main.get_by_label(label, exact=True).fill(str(value))
    main.get_by_role("button", name="Gửi câu hỏi").click()
    expect(clerk.get_by_role("alert")).to_contain_text("Đã gửi câu hỏi")

    # The commune answers, and sees no more of the sector than the sector sees of it.
    police = sign_in("lamsach", CLEANING, scripts=False)
    police.goto("/data/quality/sectors/duplicates")
    seen = police.get_by_role("main")
    seen.get_by_role("link", name="mã T2").click()
    expect(seen).to_contain_text("Người mang số này cư trú ở phường từ khi nào?")
    expect(seen).to_contain_text("P. H. T. K. · 1931")
    assert "Phạm Hoàn Toàn Khác" not in seen.inner_text()
    seen.get_by_label("Trả lời", exact=True).fill("Từ năm 2010")
    seen.get_by_role("button", name="Gửi câu trả lời").click()
    expect(police.get_by_role("alert")).to_contain_text("Đã gửi câu trả lời")
    clerk.goto(duplicate)
    expect(main).to_contain_text("Từ năm 2010")

    # Nobody else gets at the run, and nothing without a purpose.
    other = sign_in("motcua", scripts=False)
    other.goto(run)
    expect(other.get_by_role("main")).not_to_contain_text("bhxh-thu.csv")

    seeing = sign_in("baohiem", CLEANING)
    for path in ["/data/quality/sectors", run, duplicate, "/data/quality/sectors/insurance/rows?kind=not-found"]:
        seeing.goto(path)
        assert barriers(seeing) == [], path


@pytest.mark.parametrize("width", [360, 1280])
def test_pages_of_sectors_have_no_barriers(sign_in, barriers, width):
    sideways = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    page = sign_in("baohiem", CLEANING, width=width)
    for path in ["", "/runs/1"]:
        assert page.goto(f"/data/quality/sectors{path}").status == 200, path
        assert barriers(page) == [] and page.evaluate(sideways) <= 0, path


def test_a_file_that_is_none_is_refused_in_words(sign_in, tmp_path):
    clerk = sign_in("baohiem", CLEANING, scripts=False, width=390)
    main = clerk.get_by_role("main")
    clerk.goto("/data/quality/sectors")
    options = main.get_by_label("Ngành").locator("option").all_inner_texts()
    assert len(options) == 2, "the own sector alone"
    pdf = tmp_path / "bhxh.pdf"
    pdf.write_bytes(b"%PDF-1.7\n")
    main.get_by_label("Ngành").select_option(index=1)
    main.get_by_label("Tệp").set_input_files(pdf)
    main.get_by_role("button", name="Gửi tệp").click()
    expect(main).to_contain_text("Tệp PDF không phải bảng dữ liệu")
    bare = tmp_path / "bhxh.csv"
    bare.write_text("Họ và tên,Ngày sinh\nLê A,1990\n", encoding="utf-8")
    main.get_by_label("Ngành").select_option(index=1)
    main.get_by_label("Tệp").set_input_files(bare)
    main.get_by_role("button", name="Gửi tệp").click()
    main.get_by_role("button", name="Đối soát", exact=True).click()
    expect(main).to_contain_text("Chưa có cột nào là mã riêng của ngành")
