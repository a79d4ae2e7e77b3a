using LibreHardwareMonitor.Hardware;

namespace MemoryWall.Machine.Probes.Windows;

/// <summary>
/// LibreHardwareMonitorLib as a source of sensors. Compiled only where the package is referenced; elsewhere the tests compile it against a
/// stub of the package's public surface. Not run here on Windows.
/// </summary>
internal sealed class LibreHardwareMonitorSource : ISensorSource
{
    private readonly Computer _computer;
    private readonly List<IHardware> _devices = [];

    public LibreHardwareMonitorSource()
    {
        _computer = new Computer
        {
            IsCpuEnabled = true,
            IsGpuEnabled = true,
            IsMemoryEnabled = true,
            IsMotherboardEnabled = true,
            IsStorageEnabled = true,
        };
        _computer.Open();
        Update();
        foreach (var device in _computer.Hardware)
            Add(device);
        Sensors = [
            .. from device in _devices from sensor in device.Sensors select new Sensor(device.Name, sensor.Name,
                sensor.SensorType.ToString(), () => sensor.Value)];
    }

    public IReadOnlyList<Sensor> Sensors { get; }

    // A device updates itself only, not the devices that belong to it (a board's sensor chip).
    public void Update()
    {
        foreach (var device in _computer.Hardware)
            Update(device);
    }

    public void Dispose() => _computer.Close();

    private static void Update(IHardware device)
    {
        device.Update();
        foreach (var inner in device.SubHardware)
            Update(inner);
    }

    private void Add(IHardware device)
    {
        _devices.Add(device);
        foreach (var inner in device.SubHardware)
            Add(inner);
    }
}
