//! A tiny ESP32-C3 program as esp-hal's linker would leave it: an app descriptor, some code, the chip's name. Nothing of it
//! ever runs; a loader, a flasher and a bootloader must take it for real.
#![allow(dead_code, reason = "each test file uses some of it")]

/// The program; `salt` makes programs that differ.
pub fn esp32c3(salt: u8) -> Vec<u8> {
    elf("esp32c3", &descriptor(), salt)
}

/// The same with a descriptor that no bootloader would take.
pub fn without_magic(salt: u8) -> Vec<u8> {
    elf("esp32c3", &[0; 256], salt)
}

/// The same without a descriptor.
pub fn without_descriptor(salt: u8) -> Vec<u8> {
    elf("esp32c3", &[], salt)
}

const HEADER: usize = 52;
const SECTION_HEADER: usize = 40;
const RISC_V: u16 = 243;
const PROGBITS: u32 = 1;
const SYMTAB: u32 = 2;
const STRTAB: u32 = 3;
const ALLOC: u32 = 2;
const ALLOC_EXEC: u32 = 6;
/// Where flash is mapped as data and as code; an image's headers take the first 32 bytes of a page.
const DROM: u32 = 0x3c00_0020;
const IROM: u32 = 0x4201_0020;
/// Where the function `app_main` begins, which is 64 bytes long.
pub const APP_MAIN: u32 = IROM + 0x100;
const CODE_BYTES: usize = 20_000;

struct Section {
    name: &'static str,
    kind: u32,
    flags: u32,
    address: u32,
    /// Section index and entry size, of symbols.
    link: u32,
    entry: u32,
    data: Vec<u8>,
}

fn elf(chip: &str, descriptor: &[u8], salt: u8) -> Vec<u8> {
    let section = |name, kind, flags, address, data| Section {
        name,
        kind,
        flags,
        address,
        link: 0,
        entry: 0,
        data,
    };
    // Noise that no compression shortens, the same each time.
    let code = (0..CODE_BYTES as u32)
        .map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8 ^ salt)
        .collect();
    let mut sections = vec![
        section(".flash.appdesc", PROGBITS, ALLOC, DROM, descriptor.to_vec()),
        section(".text", PROGBITS, ALLOC_EXEC, IROM, code),
        section(".espressif.metadata", PROGBITS, 0, 0, chip.as_bytes().to_vec()),
    ];
    if descriptor.is_empty() {
        sections[0] = section(".rodata", PROGBITS, ALLOC, DROM, vec![salt; 256]);
    }
    let names = b"\0build_info.CHIP_NAME\0app_main\0".to_vec();
    let mut symbols = vec![0; 16];
    let mut symbol = |name: u32, address: u32, size: u32, kind: u8, section: u8| {
        symbols.extend([name, address, size].into_iter().flat_map(u32::to_le_bytes));
        symbols.extend([kind, 0, section, 0]);
    };
    // A global object in the third section, a global function in the second.
    symbol(1, 0, chip.len() as u32, 0x11, 3);
    symbol(22, APP_MAIN, 64, 0x12, 2);
    sections.push(Section { link: 5, entry: 16, ..section(".symtab", SYMTAB, 0, 0, symbols) });
    sections.push(section(".strtab", STRTAB, 0, 0, names));
    file(sections)
}

fn file(mut sections: Vec<Section>) -> Vec<u8> {
    let mut names = vec![0];
    let mut name_at = Vec::new();
    for name in sections.iter().map(|section| section.name).chain([".shstrtab"]) {
        name_at.push(names.len() as u32);
        names.extend(name.as_bytes());
        names.push(0);
    }
    let shstrtab = Section {
        name: ".shstrtab",
        kind: STRTAB,
        flags: 0,
        address: 0,
        link: 0,
        entry: 0,
        data: names,
    };
    sections.push(shstrtab);
    let mut body = vec![0; HEADER];
    let mut table = vec![0; SECTION_HEADER];
    for (section, name) in sections.iter().zip(name_at) {
        body.resize(body.len().next_multiple_of(4), 0);
        let (offset, size) = (body.len() as u32, section.data.len() as u32);
        let info = u32::from(section.kind == SYMTAB);
        let address = section.address;
        let fields = [
            name,
            section.kind,
            section.flags,
            address,
            offset,
            size,
            section.link,
            info,
            4,
            section.entry,
        ];
        table.extend(fields.into_iter().flat_map(u32::to_le_bytes));
        body.extend(&section.data);
    }
    body.resize(body.len().next_multiple_of(4), 0);
    let table_at = body.len() as u32;
    body.extend(table);
    let mut header = b"\x7fELF\x01\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    header.extend([2_u16, RISC_V].into_iter().flat_map(u16::to_le_bytes));
    header.extend([1, IROM, 0, table_at, 0].into_iter().flat_map(u32::to_le_bytes));
    let count = sections.len() as u16 + 1;
    let sizes = [HEADER as u16, 0, 0, SECTION_HEADER as u16, count, count - 1];
    header.extend(sizes.into_iter().flat_map(u16::to_le_bytes));
    body[..HEADER].copy_from_slice(&header);
    body
}

/// `esp_app_desc_t`, 256 bytes; the flasher fills in the ELF's hash.
fn descriptor() -> Vec<u8> {
    let mut bytes = 0xabcd_5432_u32.to_le_bytes().to_vec();
    bytes.resize(16, 0);
    for (text, length) in
        [("1.0", 32), ("stand-in", 32), ("12:00:00", 16), ("Nov 23 2026", 16), ("v5.4", 32)]
    {
        let end = bytes.len() + length;
        bytes.extend(text.as_bytes());
        bytes.resize(end, 0);
    }
    // The hash, then the eFuse revisions and log2 of the MMU's page size.
    bytes.resize(176, 0);
    bytes.extend([0, 0, 0xff, 0xff, 16]);
    bytes.resize(256, 0);
    bytes
}
