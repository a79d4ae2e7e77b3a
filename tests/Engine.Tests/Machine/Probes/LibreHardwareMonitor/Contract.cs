// The part of LibreHardwareMonitorLib's public surface that the adapter uses, written after its documentation (0.9.6).
namespace LibreHardwareMonitor.Hardware;

internal enum SensorType
{
    Voltage,
    Power,
    Clock,
    Temperature,
    Load,
    Data,
}

internal interface ISensor
{
    string Name { get; set; }

    SensorType SensorType { get; }

    float? Value { get; }
}

internal interface IHardware
{
    string Name { get; set; }

    ISensor[] Sensors { get; }

    IHardware[] SubHardware { get; }

    void Update();
}

internal sealed class Computer
{
    public bool IsCpuEnabled { get; set; }

    public bool IsGpuEnabled { get; set; }

    public bool IsMemoryEnabled { get; set; }

    public bool IsMotherboardEnabled { get; set; }

    public bool IsStorageEnabled { get; set; }

    public bool IsOpen { get; private set; }

    /// <summary>The hardware of the next computer that is created.</summary>
    public static IList<IHardware> Scripted { get; set; } = [];

    public IList<IHardware> Hardware => IsOpen ? Scripted : [];

    public void Open() => IsOpen = true;

    public void Close() => IsOpen = false;
}
