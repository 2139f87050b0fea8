; Inno Setup 6: iscc packaging\windows\calotype.iss, after python packaging\build.py. For one person, without an administrator.
#define Version "0.1.0"

[Setup]
AppId={{6B7C9E52-3A4F-4C57-9B0E-2D6A6E1C7F10}
AppName=Calotype
AppVersion={#Version}
AppPublisher=The Calotype developers
DefaultDirName={autopf}\Calotype
DefaultGroupName=Calotype
DisableProgramGroupPage=yes
PrivilegesRequired=lowest
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
MinVersion=10.0.17763
LicenseFile=..\..\LICENSE
OutputDir=..\..\dist
OutputBaseFilename=Calotype-{#Version}-setup
SetupIconFile=..\..\build\icons\calotype.ico
UninstallDisplayIcon={app}\Calotype.exe
Compression=lzma2/max
SolidCompression=yes
ChangesAssociations=yes
CloseApplications=yes
; Signed where the machine that builds has named a sign tool "calotype" (iscc /Scalotype="signtool ... $f").
#ifdef SIGN
SignTool=calotype
SignedUninstaller=yes
#endif

[Tasks]
Name: desktopicon; Description: "{cm:CreateDesktopIcon}"; Flags: unchecked
Name: models; Description: "Offer Calotype for model files (.safetensors)"

[Files]
Source: "..\..\dist\calotype\*"; DestDir: "{app}"; Flags: ignoreversion recursesubdirs createallsubdirs

[InstallDelete]
; An older version's own files go; the person's data lies elsewhere.
Type: filesandordirs; Name: "{app}\_internal"

[Icons]
Name: "{group}\Calotype"; Filename: "{app}\Calotype.exe"; AppUserModelID: "app.calotype.Calotype"
Name: "{autodesktop}\Calotype"; Filename: "{app}\Calotype.exe"; Tasks: desktopicon

[Registry]
; "Open with" only: no default handler is ever replaced.
Root: HKA; Subkey: "Software\Classes\Applications\Calotype.exe\shell\open\command"; ValueType: string; ValueData: """{app}\Calotype.exe"" ""%1"""; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\Applications\Calotype.exe\SupportedTypes"; ValueType: string; ValueName: ".png"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\Calotype.exe\SupportedTypes"; ValueType: string; ValueName: ".jpg"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\Calotype.exe\SupportedTypes"; ValueType: string; ValueName: ".webp"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\Calotype.exe\SupportedTypes"; ValueType: string; ValueName: ".lesson"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\.safetensors\OpenWithProgids"; ValueType: string; ValueName: "Calotype.Model"; ValueData: ""; Flags: uninsdeletevalue; Tasks: models
Root: HKA; Subkey: "Software\Classes\Calotype.Model"; ValueType: string; ValueData: "Model weights"; Flags: uninsdeletekey; Tasks: models
Root: HKA; Subkey: "Software\Classes\Calotype.Model\shell\open\command"; ValueType: string; ValueData: """{app}\Calotype.exe"" ""%1"""; Tasks: models

[Run]
Filename: "{app}\Calotype.exe"; Description: "{cm:LaunchProgram,Calotype}"; Flags: nowait postinstall skipifsilent
