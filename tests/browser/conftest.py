"""Officers at the desk of the demonstration."""

import pytest

BASIS = {
    "Mục đích": "Giải quyết thủ tục hành chính",
    "Căn cứ pháp lý": "Luật Cư trú 68/2020/QH14, Điều 26",
    "Mã thủ tục hành chính": "1.004222",
    "Mã hồ sơ": "000.17.22.H56-261121-0001",
}


@pytest.fixture
def sign_in(open_browser, dancu):
    """Signs an officer in, and says once what his look-ups are for."""

    def sign_in(login, basis=BASIS, **browser):
        page = open_browser(**browser)
        page.goto("/sign-in?next=/desk")
        page.get_by_label("Tên tài khoản").fill(login)
        page.get_by_label("Mật khẩu").fill(dancu.said(rf"\b{login}\s+(\S+)").group(1))
        page.get_by_role("main").get_by_role("button", name="Đăng nhập").click()
        page.wait_for_url(f"{dancu.url}/desk")
        if basis:
            page.goto("/desk/basis?next=/desk")
            for label, value in basis.items():
                field = page.get_by_label(label, exact=True)
                field.select_option(label=value) if label == "Mục đích" else field.fill(value)
            page.get_by_role("button", name="Dùng cho phiên này").click()
            page.wait_for_url(f"{dancu.url}/desk")
        return page

    return sign_in
