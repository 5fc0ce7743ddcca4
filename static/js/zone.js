// Fills an empty field marked data-zone with this device's own time zone, which is most often the patient's too.
const field = document.querySelector("[data-zone]");
if (field && !field.value) field.value = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
