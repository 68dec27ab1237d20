#if UNITY_5_3_OR_NEWER
using System.IO;
using UnityEngine;

namespace Banter
{
    /// <summary>Where a game's server is, as an asset. Edit > Project Settings > Banter makes it, in a folder
    /// Resources, so that a built game has it too. It holds no secret: tickets come from your own
    /// server.</summary>
    public sealed class BanterSettings : ScriptableObject
    {
        /// <summary>The asset's name in a folder Resources.</summary>
        public const string ResourceName = "BanterSettings";

#if UNITY_EDITOR
        /// <summary>The editor's way to the server: a link that its window can cut.</summary>
        internal static System.Func<string, string> Route;
#endif

        internal const uint DefaultBudgetMicroseconds = 4000; // a quarter of a frame at 60 a second

        [SerializeField]
        [Tooltip("wss://host:port, or ws:// on this machine, as banterd dev prints it.")]
        string serverUrl = "ws://127.0.0.1:7000";

        [SerializeField]
        [Tooltip("The app's number, as banterd dev prints it.")]
        ulong appId = 0;

        [SerializeField]
        [Tooltip("How long a frame may spend on events and answers, in microseconds. 0: without an end.")]
        uint budgetMicroseconds = DefaultBudgetMicroseconds;

        /// <summary>The server's address.</summary>
        public string ServerUrl
        {
            get { return serverUrl; }
            set { serverUrl = value; }
        }

        /// <summary>The app's number.</summary>
        public ulong AppId
        {
            get { return appId; }
            set { appId = value; }
        }

        /// <summary>How long a frame may spend on events and answers; 0: without an end.</summary>
        public uint BudgetMicroseconds
        {
            get { return budgetMicroseconds; }
            set { budgetMicroseconds = value; }
        }

        /// <summary>The project's settings; null when it has none.</summary>
        public static BanterSettings Load()
        {
            return Resources.Load<BanterSettings>(ResourceName);
        }

        /// <summary>Makes the settings of a client: its files are in the game's own folder, where every
        /// platform lets a game write.</summary>
        public SdkConfig ToConfig()
        {
            var folder = Path.Combine(Application.persistentDataPath, "Banter");
            var address = serverUrl;
#if UNITY_EDITOR
            if (Route != null) address = Route(address);
#endif
            return new SdkConfig { ServerUrl = address, ConfigFilePath = folder, LogFilePath = Path.Combine(folder, "log") };
        }
    }
}
#endif
